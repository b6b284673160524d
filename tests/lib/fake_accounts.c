#include "tests/lib/fake_accounts.h"

#include "tests/lib/fake_calls.h"

#include <stdio.h>
#include <string.h>

struct fake_accounts fake_accounts;

struct question {
	struct fake_call call; /* first */
	union {
		accounts_holder_fn *holder;
		accounts_key_fn *key;
		accounts_done_fn *done;
		accounts_spent_fn *spent;
		accounts_failed_fn *failed;
	} fn;
	enum db_rc rc; /* of what is only done */
};

void
fake_accounts_reset(void)
{
	fake_accounts = (struct fake_accounts){ .key_free = true };
}

static struct question *
ask(const char *name, void (*tell)(struct fake_call *, enum fake_end),
    void *arg)
{
	return fake_call_new(sizeof(struct question), name, tell, arg);
}

static struct call *
call_of(struct question *q)
{
	return q == NULL ? NULL : &q->call.call;
}

static enum db_rc
rc_of(enum fake_end end)
{
	return end == FAKE_ANSWERED ? DB_OK : DB_DOWN;
}

static void
tell_holder(struct fake_call *call, enum fake_end end)
{
	static const struct facts_holder nobody;
	struct question *q = (struct question *)call;

	if (end != FAKE_DROPPED)
		q->fn.holder(call->arg, rc_of(end),
		    end == FAKE_ANSWERED ? &fake_accounts.holder : &nobody);
}

struct call *
accounts_find(struct accounts *a, const struct accounts_question *asked,
    accounts_holder_fn *answer, void *arg)
{
	struct question *q = ask("holder", tell_holder, arg);

	(void)a;
	if (q != NULL)
		q->fn.holder = answer;
	snprintf(fake_accounts.user_id, sizeof(fake_accounts.user_id), "%s",
	    asked->user_id == NULL ? "" : asked->user_id);
	fake_accounts.asked_presented =
	    asked->serial != NULL && asked->fingerprint != NULL;
	return call_of(q);
}

static void
tell_key(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	if (end != FAKE_DROPPED)
		q->fn.key(call->arg, rc_of(end),
		    end == FAKE_ANSWERED && fake_accounts.key_free);
}

struct call *
accounts_check_key(struct accounts *a, int64_t account,
    const struct digest *key_identity, accounts_key_fn *answer, void *arg)
{
	struct question *q = ask("key", tell_key, arg);

	(void)a;
	if (q != NULL)
		q->fn.key = answer;
	fake_accounts.key_account = account;
	fake_accounts.key_identity = *key_identity;
	return call_of(q);
}

static void
tell_done(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	if (end != FAKE_DROPPED)
		q->fn.done(call->arg, end == FAKE_ANSWERED ? q->rc : DB_DOWN);
}

struct call *
accounts_lock(struct accounts *a, const struct accounts_lock *lock,
    accounts_done_fn *done, void *arg)
{
	struct question *q = ask("lock", tell_done, arg);

	(void)a;
	if (q != NULL)
		q->fn.done = done;
	fake_accounts.lock = *lock;
	return call_of(q);
}

struct call *
accounts_rehash(struct accounts *a, int64_t account, const char *old,
    const char *anew, accounts_done_fn *done, void *arg)
{
	struct question *q = ask("hash", tell_done, arg);

	(void)a;
	if (q != NULL)
		q->fn.done = done;
	fake_accounts.rehashed = account;
	snprintf(fake_accounts.hash[0], PASSWORD_HASH_SIZE, "%s", old);
	snprintf(fake_accounts.hash[1], PASSWORD_HASH_SIZE, "%s", anew);
	return call_of(q);
}

struct call *
accounts_mail_code(struct accounts *a, const struct accounts_code *mail,
    accounts_done_fn *done, void *arg)
{
	struct question *q = ask("mail", tell_done, arg);

	(void)a;
	if (q != NULL)
		q->fn.done = done;
	if (q != NULL)
		q->rc = fake_accounts.mail_rc;
	fake_accounts.mail = *mail;
	fake_accounts.mail.address = NULL; /* lives for the call alone */
	snprintf(fake_accounts.mail_address, sizeof(fake_accounts.mail_address),
	    "%s", mail->address);
	return call_of(q);
}

static void
tell_code_failed(struct fake_call *call, enum fake_end end)
{
	struct question *q = (struct question *)call;

	if (end != FAKE_DROPPED)
		q->fn.failed(call->arg, end == FAKE_ANSWERED ? DB_OK : DB_DOWN,
		    end == FAKE_ANSWERED && fake_accounts.code_failed);
}

struct call *
accounts_code_failed(struct accounts *a, int64_t account,
    const unsigned char id[GRANT_CODE_ID_SIZE], accounts_failed_fn *answer,
    void *arg)
{
	struct question *q = ask("code-failed", tell_code_failed, arg);

	(void)a;
	(void)account;
	(void)id;
	if (q != NULL)
		q->fn.failed = answer;
	return call_of(q);
}

static void
tell_spent(struct fake_call *call, enum fake_end end)
{
	static const unsigned char id[GRANT_CODE_ID_SIZE] = { 0x5e };
	struct question *q = (struct question *)call;

	if (end != FAKE_DROPPED)
		q->fn.spent(call->arg, end == FAKE_ANSWERED ? DB_OK : DB_DOWN,
		    end == FAKE_ANSWERED && fake_accounts.spent ? id : NULL);
}

struct call *
accounts_find_spent(struct accounts *a, int64_t account,
    const struct digest *code, const struct digest *csr,
    accounts_spent_fn *answer, void *arg)
{
	struct question *q = ask("spent", tell_spent, arg);

	(void)a;
	(void)account;
	(void)code;
	(void)csr;
	if (q != NULL)
		q->fn.spent = answer;
	return call_of(q);
}
