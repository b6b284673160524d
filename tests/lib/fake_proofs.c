#include "tests/lib/fake_proofs.h"

#include "tests/lib/fake_calls.h"

#include <stdio.h>

struct fake_proofs fake_proofs;

struct question {
	struct fake_call call; /* first */
	accounts_holder_fn *holder;
	accounts_done_fn *done;
	proofs_opened_fn *opened;
	bool right; /* the code is the one */
	proofs_owed_fn *owed;
	proofs_begun_fn *begun;
};

void
fake_proofs_reset(void)
{
	fake_proofs = (struct fake_proofs){ .name = "" };
}

static void
tell_holder(struct fake_call *call, enum fake_end end)
{
	static const struct facts_holder nobody;
	const struct question *q = (const struct question *)call;

	if (end == FAKE_ANSWERED)
		q->holder(call->arg, DB_OK, &fake_proofs.holder);
	else if (end == FAKE_DOWN)
		q->holder(call->arg, DB_DOWN, &nobody);
}

static struct call *
find(const char *question, const char *name, accounts_holder_fn *answer,
    void *arg)
{
	struct question *q =
	    fake_call_new(sizeof(*q), question, tell_holder, arg);

	q->holder = answer;
	snprintf(fake_proofs.name, sizeof(fake_proofs.name), "%s", name);
	return &q->call.call;
}

struct call *
proofs_find_account(struct proofs *p, const char *user_id,
    accounts_holder_fn *answer, void *arg)
{
	(void)p;
	return find("account", user_id, answer, arg);
}

struct call *
proofs_find_contract(
    struct proofs *p, const char *number, accounts_holder_fn *answer, void *arg)
{
	(void)p;
	return find("contract", number, answer, arg);
}

static void
tell_done(struct fake_call *call, enum fake_end end)
{
	const struct question *q = (const struct question *)call;

	if (end != FAKE_DROPPED)
		q->done(call->arg, end == FAKE_ANSWERED ? DB_OK : DB_DOWN);
}

static struct call *
lock(const char *question, const struct accounts_lock *l,
    accounts_done_fn *done, void *arg)
{
	struct question *q =
	    fake_call_new(sizeof(*q), question, tell_done, arg);

	q->done = done;
	fake_proofs.lock = *l;
	return &q->call.call;
}

struct call *
proofs_lock_account(struct proofs *p, const struct accounts_lock *l,
    accounts_done_fn *done, void *arg)
{
	(void)p;
	return lock("lock-account", l, done, arg);
}

struct call *
proofs_lock_contract(struct proofs *p, const char *number,
    const struct accounts_lock *l, accounts_done_fn *done, void *arg)
{
	(void)p;
	snprintf(fake_proofs.name, sizeof(fake_proofs.name), "%s", number);
	return lock("lock-contract", l, done, arg);
}

bool
proofs_up(const struct proofs *p)
{
	(void)p;
	return !fake_proofs.gone;
}

static void
tell_opened(struct fake_call *call, enum fake_end end)
{
	const struct question *q = (const struct question *)call;

	if (end == FAKE_ANSWERED)
		q->opened(call->arg, DB_OK, !fake_proofs.changed);
	else if (end == FAKE_DOWN)
		q->opened(call->arg, DB_DOWN, false);
}

struct call *
proofs_open_session(struct proofs *p, const struct digest *token,
    const struct facts_account *who, const struct authority_limits *limits,
    unsigned lives_s, proofs_opened_fn *opened, void *arg)
{
	struct question *q =
	    fake_call_new(sizeof(*q), "session", tell_opened, arg);

	(void)p;
	fake_proofs.limits = *limits;
	fake_proofs.lives_s = lives_s;
	fake_proofs.token = *token;
	snprintf(fake_proofs.hash, sizeof(fake_proofs.hash), "%s",
	    who->password_hash);
	if (q == NULL)
		return NULL;
	q->opened = opened;
	return &q->call.call;
}

struct call *
proofs_may_give(struct proofs *p, const struct digest *token,
    proofs_opened_fn *answer, void *arg)
{
	struct question *q =
	    fake_call_new(sizeof(*q), "may-give", tell_opened, arg);

	(void)p;
	fake_proofs.token = *token;
	q->opened = answer;
	return &q->call.call;
}

struct call *
proofs_prepare_email(struct proofs *p, const struct digest *token,
    const struct proofs_email *e, proofs_opened_fn *opened, void *arg)
{
	struct question *q =
	    fake_call_new(sizeof(*q), "prepare-email", tell_opened, arg);

	(void)p;
	fake_proofs.token = *token;
	fake_proofs.email = *e;
	q->opened = opened;
	return &q->call.call;
}

static void
tell_confirmed(struct fake_call *call, enum fake_end end)
{
	const struct question *q = (const struct question *)call;

	if (end == FAKE_DOWN)
		q->opened(call->arg, DB_DOWN, false);
	else if (end == FAKE_ANSWERED)
		q->opened(
		    call->arg, fake_proofs.waits ? DB_OK : DB_NONE, q->right);
}

struct call *
proofs_confirm_email(struct proofs *p, int64_t account,
    const struct digest *code, proofs_opened_fn *right, void *arg)
{
	struct question *q =
	    fake_call_new(sizeof(*q), "confirm-email", tell_confirmed, arg);

	(void)p;
	(void)account;
	q->opened = right;
	q->right = digest_equal(code, &fake_proofs.email.code);
	return &q->call.call;
}

static void
tell_owed(struct fake_call *call, enum fake_end end)
{
	const struct question *q = (const struct question *)call;

	if (end == FAKE_ANSWERED)
		q->owed(call->arg, DB_OK, &fake_proofs.owed);
	else if (end == FAKE_DOWN)
		q->owed(call->arg, DB_DOWN, &(struct proofs_owed){ 0 });
}

struct call *
proofs_find_owed(struct proofs *p, const struct digest *token,
    proofs_owed_fn *answer, void *arg)
{
	struct question *q = fake_call_new(sizeof(*q), "owed", tell_owed, arg);

	(void)p;
	fake_proofs.token = *token;
	q->owed = answer;
	return &q->call.call;
}

static void
tell_settled(struct fake_call *call, enum fake_end end)
{
	if (end == FAKE_ANSWERED)
		fake_proofs.owed.owes = PROOFS_NOTHING;
	tell_done(call, end);
}

struct call *
proofs_settle(struct proofs *p, const struct digest *token, const char *name,
    bool contract, accounts_done_fn *done, void *arg)
{
	struct question *q =
	    fake_call_new(sizeof(*q), "settle-owed", tell_settled, arg);

	(void)p;
	(void)token;
	(void)contract;
	snprintf(fake_proofs.name, sizeof(fake_proofs.name), "%s", name);
	q->done = done;
	return &q->call.call;
}

static void
tell_begun(struct fake_call *call, enum fake_end end)
{
	const struct question *q = (const struct question *)call;

	if (end == FAKE_DOWN)
		q->begun(call->arg, DB_DOWN, 0);
	else if (end == FAKE_ANSWERED && fake_proofs.taken)
		q->begun(call->arg, DB_CONFLICT, 0);
	else if (end == FAKE_ANSWERED)
		q->begun(call->arg, DB_OK, fake_proofs.begun);
}

static struct call *
begin(const char *question, const struct facts_account *who, const char *hash,
    proofs_begun_fn *begun, void *arg)
{
	struct question *q =
	    fake_call_new(sizeof(*q), question, tell_begun, arg);

	snprintf(fake_proofs.hash, sizeof(fake_proofs.hash), "%s",
	    who->password_hash);
	snprintf(fake_proofs.anew, sizeof(fake_proofs.anew), "%s", hash);
	if (q == NULL)
		return NULL;
	q->begun = begun;
	return &q->call.call;
}

struct call *
proofs_begin_account(struct proofs *p, const struct facts_account *who,
    const char *hash, proofs_begun_fn *begun, void *arg)
{
	(void)p;
	return begin("begin-account", who, hash, begun, arg);
}

struct call *
proofs_begin_master(struct proofs *p, const struct facts_account *contract,
    const struct people_sql_holder *master, const char *hash,
    proofs_begun_fn *begun, void *arg)
{
	(void)p;
	snprintf(fake_proofs.user_id, sizeof(fake_proofs.user_id), "%s",
	    master->user_id);
	return begin("begin-master", contract, hash, begun, arg);
}
