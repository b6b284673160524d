#include "pki/csr_check.h"

#include "base/held.h"

/* What is asked of a thread; who asked may be gone meanwhile. */
struct check {
	struct pool_job job;
	struct csr *csr;
	const struct profile *profile;
	struct csr_checked checked;
	csr_check_fn *answer;
	void *arg;
};

struct csr_checked
csr_check(struct csr *csr, const struct profile *profile)
{
	struct csr_checked checked = { .unproven = csr_prove(csr) };

	if (checked.unproven == NULL)
		checked.refused = csr_judge(csr, profile);
	checked.key = csr->key;
	return checked;
}

static void
on_pool(void *arg)
{
	struct check *c = arg;

	c->checked = csr_check(c->csr, c->profile);
}

static void
on_checked(void *arg)
{
	struct check *c = arg;

	c->answer(c->arg, &c->checked);
}

static void
release(void *arg)
{
	struct check *c = arg;

	csr_copy_free(c->csr);
	held_free(c);
}

struct call *
csr_check_ask(struct pool *pool, struct pool_mailbox *mailbox,
    const struct csr *csr, const struct profile *profile, csr_check_fn *answer,
    void *arg)
{
	struct check *c = held_malloc(sizeof(*c));
	struct call *asked = NULL;

	if (c == NULL)
		return NULL;
	*c = (struct check){ .profile = profile, .answer = answer, .arg = arg };
	c->csr = csr_copy(csr);
	if (c->csr != NULL)
		asked = pool_run(
		    pool, mailbox, &c->job, on_pool, on_checked, release, c);
	if (asked == NULL)
		release(c);
	return asked;
}
