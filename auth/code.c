/*
 * The code is derived from a nonce; the nonce goes into the outbox row, a
 * keyed digest of the code into Redis, and the code itself nowhere.
 */
#include "auth/subject.h"
#include "base/clock.h"

#include <assert.h>
#include <string.h>

/* Whatever the door has found: what counts is what is found here. */
static bool
allowed(struct attempt *a, enum decide_operation operation,
    const struct profile *profile)
{
	const struct decide_profiles profiles = {
		.wanted = profile,
		.of_current =
		    ladder_profile(a->ladder, a->holder.current.profile),
	};

	a->decision = decide(operation, &profiles, &a->holder, clock_now());
	return a->decision.verdict == DECIDE_ALLOWED;
}

/* ------------------------------------------------------------------ mail */

static void
on_mail(void *arg, enum db_rc rc)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc == DB_OK) {
		call_forget(attempts_mailed(
		    a->ladder->options.attempts, &a->who, NULL, NULL));
		if (a->wants_voucher)
			attempt_vouch(a);
	}
	/* closed or blocked since the password was right. */
	attempt_answer(a, rc == DB_OK	      ? AUTH_DONE
			  : rc == DB_CONFLICT ? AUTH_REFUSED
					      : AUTH_DOWN);
}

static void
ask_mail(struct attempt *a)
{
	const struct ladder_options *o = &a->ladder->options;
	struct accounts_code mail = { .account = a->holder.account.id };

	memcpy(mail.nonce, a->nonce, sizeof(mail.nonce));
	mail.made_at = a->mailed.made_at;
	mail.dies_at = mail.made_at + o->code->life_s;
	mail.address = a->address;
	memcpy(mail.id, a->who.operation, sizeof(mail.id));
	mail.digest = a->code;
	a->asked = accounts_mail_code(o->accounts, &mail, on_mail, a);
	if (a->asked == NULL)
		on_mail(a, DB_DOWN);
}

/* What nobody has got is good for nothing, and holds nothing back (C-24). */
static void
on_failed(void *arg, enum db_rc rc, bool failed)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc != DB_OK) {
		attempt_answer(a, AUTH_DOWN);
		return;
	}
	if (failed) {
		a->mailed.outcome = AUTH_MAIL_FAILED;
		a->mailed.again_at = a->again_if_failed;
		call_forget(attempts_drop_failed(a->ladder->options.attempts,
		    &a->who, a->recent, NULL, NULL));
	}
	attempt_answer(a, AUTH_DONE);
}

/* A code that was mailed just now stays good (4.2 step 8): was it taken? */
static void
ask_failed(struct attempt *a, const unsigned char *code_id)
{
	memcpy(a->recent, code_id, sizeof(a->recent));
	a->asked = accounts_code_failed(a->ladder->options.accounts,
	    a->holder.account.id, a->recent, on_failed, a);
	if (a->asked == NULL)
		on_failed(a, DB_DOWN, false);
}

static void
take_made(struct attempt *a, const struct attempts_mail_answer *made)
{
	static const enum auth_mail_outcome outcome_of[] = {
		[ATTEMPTS_MAIL_NEW] = AUTH_MAIL_QUEUED,
		[ATTEMPTS_MAIL_RECENT] = AUTH_MAIL_RECENT,
		[ATTEMPTS_MAIL_LIMIT] = AUTH_MAIL_HELD,
	};

	a->mailed = (struct auth_mailed){
		.outcome = outcome_of[made->mail],
		.made_at = made->born,
		.dies_at = made->born + a->ladder->options.code->life_s,
		.again_at = made->again,
	};
	a->again_if_failed = made->again_if_failed;
	switch (made->mail) {
	case ATTEMPTS_MAIL_NEW:
		ask_mail(a);
		break;
	case ATTEMPTS_MAIL_RECENT:
		ask_failed(a, made->code_id);
		break;
	case ATTEMPTS_MAIL_LIMIT:
		attempt_answer(a, AUTH_DONE);
		break;
	}
}

static void
on_make(void *arg, enum db_rc rc, const struct attempts_mail_answer *made)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc != DB_OK) {
		attempt_answer(a, AUTH_DOWN);
		return;
	}
	a->place = false; /* the script has settled it */
	attempt_forgive(a);
	take_made(a, made);
}

static void
ask_make(struct attempt *a)
{
	const struct ladder_options *o = &a->ladder->options;
	char code[CODE_DIGITS + 1];

	secret_random(a->nonce, sizeof(a->nonce));
	code_derive(o->code_key, a->nonce, code);
	a->code = code_digest(o->code_key, a->holder.account.user_id, code);
	secret_wipe(code, sizeof(code));
	a->asked = attempts_new_code(
	    o->attempts, &a->who, &a->code, a->asks_anew, on_make, a);
	if (a->asked == NULL)
		on_make(a, DB_DOWN, NULL);
}

static void
on_not_entitled(void *arg, enum db_rc rc, const struct attempts_settled *s)
{
	struct attempt *a = arg;

	(void)rc; /* it is a no either way */
	(void)s;
	attempt_hears(a);
	attempt_answer(a, AUTH_NOT_ENTITLED);
}

static void
refuse_mail(struct attempt *a)
{
	a->place = false;
	attempt_forgive(a);
	a->asked = attempts_settle(a->ladder->options.attempts, &a->who,
	    ATTEMPTS_NEUTRAL, on_not_entitled, a);
	if (a->asked == NULL)
		on_not_entitled(a, DB_DOWN, NULL);
}

/*
 * That the certificate shown is another account's is for who has the code too
 * (EST-190): told beside the password alone, it would tell a stranger with a
 * certificate of his own that this is the password, and its owner nothing. The
 * first step is that of who shows none.
 */
static bool
may_be_mailed(struct attempt *a)
{
	if (allowed(a, a->operation, a->mails))
		return true;
	return a->decision.verdict == DECIDE_FOREIGN &&
	       allowed(a, DECIDE_ENROLL, a->mails);
}

void
attempt_mail(struct attempt *a)
{
	if (may_be_mailed(a))
		ask_make(a);
	else
		refuse_mail(a);
}

/* ------------------------------------------------------------------ code */

static void
tell_code(struct attempt *a, enum auth_end end)
{
	struct auth_code_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.end = end;
	answer.tries_left = a->tries_left;
	if (end == AUTH_DONE) {
		answer.again = a->again;
		answer.decision = a->decision;
		answer.grant = a->grant;
	}
	asked_answer(&a->open, &answer.head, sizeof(answer));
}

static void
go_on(struct attempt *a, bool again, const unsigned char *code_id)
{
	a->again = again;
	attempt_forgive(a);
	if (again || a->spend)
		a->grant = grant_make(a->ladder->options.grant_key, &a->wanted,
		    code_id, clock_mono_us());
	attempt_go_on(a, ATTEMPT_PROVED);
}

static void
on_spent(void *arg, enum db_rc rc, const unsigned char *code_id)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc == DB_OK && code_id != NULL) {
		go_on(a, true, code_id);
		return;
	}
	if (rc == DB_OK)
		subject_tell_lock(a);
	attempt_answer(a, rc == DB_OK ? AUTH_REFUSED : AUTH_DOWN);
}

/*
 * To Redis it is wrong, and counted; but Redis may have forgotten a code
 * whose certificate has not come to its holder yet (I-6). What is counted
 * wrongly the success clears.
 */
static void
ask_spent(struct attempt *a, const struct attempts_settled *settled)
{
	a->lock_found = settled->locked_now;
	a->lock = *settled;
	a->asked = accounts_find_spent(a->ladder->options.accounts,
	    a->holder.account.id, &a->code, &a->wanted.csr, on_spent, a);
	if (a->asked == NULL)
		on_spent(a, DB_DOWN, NULL);
}

static void
take_answer(struct attempt *a, const struct attempts_code_answer *answer)
{
	a->place = false; /* the script has settled it */
	if (answer->code == ATTEMPTS_CODE_WRONG) {
		a->tries_left = answer->tries_left;
		ask_spent(a, &answer->settled);
		return;
	}
	go_on(a, answer->code == ATTEMPTS_CODE_AGAIN, answer->code_id);
}

static void
on_spend(void *arg, enum db_rc rc, const struct attempts_code_answer *answer)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc != DB_OK)
		attempt_answer(a, AUTH_DOWN);
	else
		take_answer(a, answer);
}

static void
want(
    struct attempt *a, const struct auth_code *q, const struct profile *profile)
{
	a->wanted = (struct grant_subject){
		.act = GRANT_CERTIFICATE,
		.account = a->holder.account.id,
		.operation = q->operation,
		.profile = profile->name,
		.presented = q->presented,
		.key = q->key_digest,
		.csr = q->csr_digest,
	};
}

/*
 * Also for a request that will be refused: it may be the one that the code
 * was spent for, and is then no failure.
 */
static void
ask_spend(struct attempt *a, const struct auth_code *q)
{
	const struct ladder_options *o = &a->ladder->options;

	a->code = code_digest(o->code_key, a->holder.account.user_id, q->code);
	a->asked = attempts_spend(o->attempts, &a->who, &a->code,
	    &a->wanted.csr, a->spend, on_spend, a);
	if (a->asked == NULL)
		on_spend(a, DB_DOWN, NULL);
}

void
take_code(const struct asked *q, const struct auth_code *question)
{
	const struct profile *profile =
	    ladder_profile(q->ladder, question->profile);
	struct attempt *a = attempt_at(q, question->handle, ATTEMPT_PASSED);
	struct auth_code_answer gone;

	/* A voucher is for what it was made for (T8). */
	if (a == NULL || profile == NULL || a->subject != AUTH_ACCOUNT ||
	    (a->shows_voucher && (question->operation != a->operation ||
				     profile != a->vouches))) {
		memset(&gone, 0, sizeof(gone));
		gone.end = AUTH_GONE;
		asked_answer(q, &gone.head, sizeof(gone));
		return;
	}
	attempt_open(a, q, tell_code);
	a->spend = allowed(a, question->operation, profile) && question->good;
	want(a, question, profile);
	ask_spend(a, question);
}
