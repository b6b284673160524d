#include "auth/evaluation.h"

#include "base/locked.h"

/* ------------------------------------------------------------ in the pool */

static enum password_match
evaluate(const struct evaluation *e, size_t len)
{
	return password_matches(&e->costs, e->hash, e->secret, len);
}

/* Only who has shown the password waits for it. Without memory it stays as it
 * is until the next time. */
static void
hash_anew(struct evaluation *e)
{
	size_t len =
	    e->whole == PASSWORD_RIGHT ? e->secret_len : e->candidates.split;

	if (!e->rehash || !password_stale(e->hash))
		return;
	if (!password_hash(e->secret, len, e->anew))
		e->anew[0] = '\0';
}

/* The form of the secret alone says how many evaluations there are. */
static void
work(void *arg)
{
	struct evaluation *e = arg;
	const struct code_candidates *c = &e->candidates;

	if (!c->password && !c->password_and_code)
		e->whole = password_matches(&e->costs, "", "", 0);
	if (c->password)
		e->whole = evaluate(e, e->secret_len);
	if (c->password_and_code)
		e->split = evaluate(e, c->split);
	if (evaluation_right(e))
		hash_anew(e);
}

/* ------------------------------------------------------------ in the loop */

static void
release(void *arg)
{
	struct evaluation *e = arg;

	if (e->room != NULL)
		share_give(e->room, e->door);
	locked_free(e);
}

struct evaluation *
evaluation_new(struct share *room, const void *door)
{
	struct evaluation *e = locked_new(sizeof(*e));

	if (e == NULL)
		return NULL;
	e->room = room;
	e->door = door;
	return e;
}

struct call *
evaluation_run(struct evaluation *e, struct pool *pool,
    struct pool_mailbox *mailbox, void (*done)(void *))
{
	struct call *call =
	    pool_run(pool, mailbox, &e->job, work, done, release, e);

	if (call == NULL)
		release(e);
	return call;
}

bool
evaluation_right(const struct evaluation *e)
{
	return e->whole == PASSWORD_RIGHT || e->split == PASSWORD_RIGHT;
}

bool
evaluation_unknown(const struct evaluation *e)
{
	return e->whole == PASSWORD_UNKNOWN || e->split == PASSWORD_UNKNOWN;
}
