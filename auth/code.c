/*
 * The code is derived from a nonce; the nonce goes into the outbox row, a
 * keyed digest of the code into Redis, and the code itself nowhere.
 */
#include "auth/subject.h"
#include "base/clock.h"

#include <assert.h>
#include <string.h>

static const struct profile *
find_profile(const struct auth *auth, const char *name)
{
	const struct auth_options *o = &auth->options;
	unsigned i;

	for (i = 0; i < o->profiles_count; i++)
		if (strncmp(o->profiles[i].name, name,
			sizeof(o->profiles[i].name)) == 0)
			return &o->profiles[i];
	return NULL;
}

/* Whatever the door has found: what counts is what is found here. */
static bool
allowed(struct attempt *a, enum decide_operation operation,
    const struct profile *profile)
{
	a->decision = decide(operation, profile, &a->holder, clock_now());
	return a->decision.verdict == DECIDE_ALLOWED;
}

/* ------------------------------------------------------------------ mail */

static void
tell_mail(struct attempt *a, enum auth_end end)
{
	struct auth_mail_answer answer = { .end = end };

	if (end == AUTH_NOT_ENTITLED)
		answer.decision = a->decision;
	a->fn.mail(a->arg, &answer);
}

static void
on_mail(void *arg, enum db_rc rc)
{
	struct attempt *a = arg;

	if (!attempt_hears(a))
		return;
	if (rc == DB_OK)
		call_forget(attempts_mailed(
		    a->auth->options.attempts, &a->who, NULL, NULL));
	/* closed or blocked since the password was right. */
	attempt_answer(a, rc == DB_OK	      ? AUTH_DONE
			  : rc == DB_CONFLICT ? AUTH_REFUSED
					      : AUTH_DOWN);
}

static void
ask_mail(struct attempt *a)
{
	const struct auth_options *o = &a->auth->options;
	struct accounts_code mail = { .account = a->holder.account.id };

	memcpy(mail.nonce, a->nonce, sizeof(mail.nonce));
	mail.made_at = clock_now();
	mail.dies_at = mail.made_at + o->code->life_s;
	mail.address = a->address;
	a->asked = accounts_mail_code(o->accounts, &mail, on_mail, a);
}

static void
on_make(void *arg, enum db_rc rc, enum attempts_mail mail)
{
	struct attempt *a = arg;

	if (!attempt_hears(a))
		return;
	if (rc != DB_OK) {
		attempt_answer(a, AUTH_DOWN);
		return;
	}
	a->place = false; /* the script has settled it */
	/* A code that was mailed just now stays good (4.2 step 8). */
	if (mail == ATTEMPTS_MAIL_NEW)
		ask_mail(a);
	else
		attempt_answer(a, AUTH_DONE);
}

static void
ask_make(struct attempt *a)
{
	const struct auth_options *o = &a->auth->options;
	struct digest digest;
	char code[CODE_DIGITS + 1];

	secret_random(a->nonce, sizeof(a->nonce));
	code_derive(o->code_key, a->nonce, code);
	digest = code_digest(o->code_key, a->holder.account.user_id, code);
	secret_wipe(code, sizeof(code));
	a->asked = attempts_new_code(o->attempts, &a->who, &digest, on_make, a);
}

static void
on_not_entitled(void *arg, enum db_rc rc, const struct attempts_settled *s)
{
	struct attempt *a = arg;

	(void)rc; /* it is a no either way */
	(void)s;
	if (attempt_hears(a))
		attempt_answer(a, AUTH_NOT_ENTITLED);
}

static void
refuse_mail(struct attempt *a)
{
	a->place = false;
	a->asked = attempts_settle(a->auth->options.attempts, &a->who,
	    ATTEMPTS_NEUTRAL, on_not_entitled, a);
}

struct call *
auth_mail(struct auth *auth, const struct auth_mail *q, auth_mail_fn *answer,
    void *arg)
{
	const struct profile *profile = find_profile(auth, q->profile);
	struct attempt *a = attempt_at(auth, q->handle, ATTEMPT_PASSED);
	bool there = a != NULL && profile != NULL;

	if (!there)
		a = attempt_later(auth, AUTH_GONE);
	a->tell = tell_mail;
	a->fn.mail = answer;
	a->arg = arg;
	if (there && allowed(a, q->operation, profile))
		ask_make(a);
	else if (there)
		refuse_mail(a);
	return &a->call;
}

/* ------------------------------------------------------------------ code */

static void
tell_code(struct attempt *a, enum auth_end end)
{
	struct auth_code_answer answer = { .end = end };

	if (end == AUTH_DONE) {
		answer.again = a->again;
		answer.decision = a->decision;
		memcpy(answer.code_id, a->code_id, sizeof(answer.code_id));
	}
	a->fn.code(a->arg, &answer);
}

static void
take_code(struct attempt *a, const struct attempts_code_answer *answer)
{
	a->place = false; /* the script has settled it */
	if (answer->code == ATTEMPTS_CODE_WRONG) {
		a->lock_found = answer->settled.locked_now;
		a->lock = answer->settled;
		subject_tell_lock(a);
		attempt_answer(a, AUTH_REFUSED);
		return;
	}
	a->again = answer->code == ATTEMPTS_CODE_AGAIN;
	memcpy(a->code_id, answer->code_id, sizeof(a->code_id));
	attempt_go_on(a, ATTEMPT_PROVED);
}

static void
on_spend(void *arg, enum db_rc rc, const struct attempts_code_answer *answer)
{
	struct attempt *a = arg;

	if (!attempt_hears(a))
		return;
	if (rc != DB_OK)
		attempt_answer(a, AUTH_DOWN);
	else
		take_code(a, answer);
}

/*
 * Also for a request that will be refused: it may be the one that the code
 * was spent for, and is then no failure.
 */
static void
ask_spend(struct attempt *a, const struct auth_code *q, bool spend)
{
	const struct auth_options *o = &a->auth->options;
	struct digest digest;

	digest = code_digest(o->code_key, a->holder.account.user_id, q->code);
	a->asked = attempts_spend(
	    o->attempts, &a->who, &digest, &q->csr_digest, spend, on_spend, a);
}

struct call *
auth_code(struct auth *auth, const struct auth_code *q, auth_code_fn *answer,
    void *arg)
{
	const struct profile *profile = find_profile(auth, q->profile);
	struct attempt *a = attempt_at(auth, q->handle, ATTEMPT_PASSED);
	bool there = a != NULL && profile != NULL;

	if (!there)
		a = attempt_later(auth, AUTH_GONE);
	a->tell = tell_code;
	a->fn.code = answer;
	a->arg = arg;
	if (there)
		ask_spend(a, q, allowed(a, q->operation, profile) && q->good);
	return &a->call;
}
