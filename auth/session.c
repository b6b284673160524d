/*
 * What a session of the member area cannot do in PostgreSQL as koshin_member:
 * make a password for somebody else, or a code that is mailed to an address
 * that is to be left, and have Redis follow what it has changed.
 * PostgreSQL says, by the digest of the session's token, what it may have done;
 * whoever asks adds nothing to that (T8).
 */
#include "auth/attempt.h"
#include "auth/made_password.h"
#include "base/locked.h"
#include "base/log.h"
#include "base/password.h"
#include "base/pool.h"
#include "base/secret.h"
#include "base/share.h"
#include "db/proofs.h"

#include <stdio.h>
#include <string.h>

/* All are attempts that guess nothing, and take no place. */
static struct attempt *
begin(const struct asked *q, struct auth_handle handle,
    const struct digest *session, void (*tell)(struct attempt *, enum auth_end))
{
	struct attempt *a = attempt_find(q, handle);

	if (a != NULL)
		attempt_vanish(a);
	a = attempt_new(q, handle);
	if (a == NULL)
		return NULL;
	attempt_open(a, q, tell);
	a->session = *session;
	return a;
}

/* -------------------------------------------------------------- a password */

struct making {
	struct pool_job job;
	struct attempt *attempt; /* for `done` alone */
	struct share *room;	 /* of which its door has one; or NULL */
	const void *door;
	struct input_policy policy;
	bool initial;
	bool hashed;
	char password[MADE_PASSWORD_SIZE];
	char hash[PASSWORD_HASH_SIZE];
};

static void
tell_made(struct attempt *a, enum auth_end end)
{
	struct auth_made answer;

	memset(&answer, 0, sizeof(answer)); /* its padding tells nothing */
	answer.end = end;
	if (end == AUTH_DONE) {
		memcpy(answer.password, a->secret, sizeof(answer.password));
		memcpy(answer.hash, a->holder.account.password_hash,
		    sizeof(answer.hash));
	}
	asked_answer(&a->open, &answer.head, sizeof(answer));
	secret_wipe(&answer, sizeof(answer));
}

static void
make(void *arg)
{
	struct making *m = arg;

	if (m->initial)
		made_password_initial(m->password);
	else
		made_password(&m->policy, m->password);
	m->hashed = password_hash(m->password, strlen(m->password), m->hash);
}

static void
on_made(void *arg)
{
	const struct making *m = arg;
	struct attempt *a = m->attempt;

	attempt_hears(a);
	if (!m->hashed) {
		log_say(LOG_LINE_ERROR, "password-memory",
		    "there is not enough for Argon2id (policy.argon2_memory)");
		attempt_answer(a, AUTH_DOWN);
		return;
	}
	memcpy(a->secret, m->password, sizeof(m->password));
	memcpy(a->holder.account.password_hash, m->hash, sizeof(m->hash));
	attempt_answer(a, AUTH_DONE);
}

static void
release(void *arg)
{
	struct making *m = arg;

	if (m->room != NULL)
		share_give(m->room, m->door);
	locked_free(m);
}

/* NULL: its door has as many in the pool as it may, or there is no memory. */
static struct making *
making_new(struct attempt *a)
{
	const struct ladder_options *o = &a->ladder->options;
	struct making *m;

	if (o->room != NULL && !share_take(o->room, a->door))
		return NULL;
	m = locked_new(sizeof(*m));
	if (m == NULL) {
		if (o->room != NULL)
			share_give(o->room, a->door);
		return NULL;
	}
	m->attempt = a;
	m->room = o->room;
	m->door = a->door;
	m->policy = *o->input;
	m->initial = a->initial;
	return m;
}

static void
on_gives(void *arg, enum db_rc rc, bool gives)
{
	struct attempt *a = arg;
	const struct ladder_options *o = &a->ladder->options;
	struct making *m;

	attempt_hears(a);
	if (rc != DB_OK || !gives || a->vanished) {
		attempt_answer(a, rc != DB_OK ? AUTH_DOWN : AUTH_GONE);
		return;
	}
	m = making_new(a);
	if (m == NULL) {
		attempt_answer(a, AUTH_FULL);
		return;
	}
	a->asked =
	    pool_run(o->pool, o->mailbox, &m->job, make, on_made, release, m);
	if (a->asked == NULL) {
		release(m);
		attempt_answer(a, AUTH_FULL);
	}
}

void
take_make(const struct asked *q, const struct auth_make *asked)
{
	struct attempt *a = begin(q, asked->handle, &asked->session, tell_made);
	struct auth_made down = { .end = AUTH_DOWN };

	if (a == NULL) {
		asked_answer(q, &down.head, sizeof(down));
		return;
	}
	a->initial = asked->initial;
	a->asked = proofs_may_give(
	    q->ladder->options.proofs, &a->session, on_gives, a);
	if (a->asked == NULL)
		on_gives(a, DB_DOWN, false);
}

/* ------------------------------------------------------------------- Redis */

static void
tell_end(struct attempt *a, enum auth_end end)
{
	struct auth_end_answer answer = { .end = end };

	asked_answer(&a->open, &answer.head, sizeof(answer));
}

static void ask_owed(struct attempt *);

static void
on_settled(void *arg, enum db_rc rc)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc == DB_OK)
		ask_owed(a);
	else
		attempt_answer(a, AUTH_DOWN);
}

/* PostgreSQL last: what an attempt carries back from Redis until then is
 * lifted with it. */
static void
on_followed(void *arg, enum db_rc rc)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc != DB_OK) {
		attempt_answer(a, AUTH_DOWN);
		return;
	}
	a->asked = proofs_settle(a->ladder->options.proofs, &a->session,
	    a->name, a->who.contract, on_settled, a);
	if (a->asked == NULL)
		on_settled(a, DB_DOWN);
}

static void
follow(struct attempt *a, const struct proofs_owed *owed)
{
	struct attempts *attempts = a->ladder->options.attempts;

	snprintf(a->name, sizeof(a->name), "%s", owed->name);
	a->who.contract = owed->contract;
	a->asked = owed->owes == PROOFS_LIFT
		       ? attempts_lift(attempts, &a->who, on_followed, a)
		       : attempts_drop_code(attempts, &a->who, on_followed, a);
	if (a->asked == NULL)
		on_followed(a, DB_DOWN);
}

static void
on_owed(void *arg, enum db_rc rc, const struct proofs_owed *owed)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc == DB_OK && owed->owes != PROOFS_NOTHING)
		follow(a, owed);
	else
		attempt_answer(a, rc == DB_OK ? AUTH_DONE : AUTH_DOWN);
}

static void
ask_owed(struct attempt *a)
{
	static const struct proofs_owed nothing = { .owes = PROOFS_NOTHING };

	a->asked = proofs_find_owed(
	    a->ladder->options.proofs, &a->session, on_owed, a);
	if (a->asked == NULL)
		on_owed(a, DB_DOWN, &nothing);
}

void
take_settle(const struct asked *q, const struct auth_settle *asked)
{
	struct attempt *a = begin(q, asked->handle, &asked->session, tell_end);
	struct auth_end_answer down = { .end = AUTH_DOWN };

	if (a == NULL)
		asked_answer(q, &down.head, sizeof(down));
	else
		ask_owed(a);
}

/* ------------------------------------------------------- another address */

static void
on_prepared(void *arg, enum db_rc rc, bool open)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc != DB_OK)
		attempt_answer(a, AUTH_DOWN);
	else
		attempt_answer(a, open ? AUTH_DONE : AUTH_GONE);
}

/* The nonce goes to the database, and from there into the mail; code and token
 * nowhere. */
static void
prepare(struct attempt *a, const char *user_id)
{
	const struct ladder_options *o = &a->ladder->options;
	char code[CODE_EMAIL_DIGITS + 1], token[CODE_TOKEN_SIZE];
	struct proofs_email e;

	secret_random(e.nonce, sizeof(e.nonce));
	code_derive_email(o->code_key, e.nonce, code);
	code_derive_token(o->code_key, e.nonce, token);
	e.code = code_email_digest(o->code_key, user_id, code);
	e.stop = code_token_digest(token);
	a->asked =
	    proofs_prepare_email(o->proofs, &a->session, &e, on_prepared, a);
	secret_wipe(code, sizeof(code));
	secret_wipe(token, sizeof(token));
	secret_wipe(&e, sizeof(e));
	if (a->asked == NULL)
		on_prepared(a, DB_DOWN, false);
}

void
take_prepare_email(
    const struct asked *q, const struct auth_prepare_email *asked)
{
	struct attempt *a = begin(q, asked->handle, &asked->session, tell_end);
	struct auth_end_answer down = { .end = AUTH_DOWN };

	if (a == NULL)
		asked_answer(q, &down.head, sizeof(down));
	else
		prepare(a, asked->name);
}
