/*
 * The ladder that every password takes, known or not, each step in the same
 * way (R-AUTH-4, I-15): limit of the address, look-up, a place in Redis under
 * the name as typed, the evaluation, and a failure counted.
 */
#include "auth/evaluation.h"
#include "auth/subject.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "db/proofs.h"

#include <assert.h>
#include <string.h>

static void ask_subject(struct attempt *);
static void ask_place(struct attempt *);
static void ask_check(struct attempt *);

/* --------------------------------------------------------------- address */

static void
on_limit(void *arg, enum db_rc rc, const struct attempts_address_answer *answer)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc != DB_OK) {
		attempt_answer(a, AUTH_DOWN);
	} else if (!answer->allowed) {
		a->retry_s = answer->retry_s;
		attempt_answer(a, AUTH_THROTTLED);
	} else {
		ask_subject(a);
	}
}

static void
ask_limit(struct attempt *a)
{
	if (a->address[0] == '\0') {
		ask_subject(a);
		return;
	}
	a->asked = attempts_address(
	    a->ladder->options.attempts, a->address, on_limit, a);
	if (a->asked == NULL)
		on_limit(a, DB_DOWN, NULL);
}

/* --------------------------------------------------------------- subject */

static void
on_subject(void *arg, enum db_rc rc, const struct facts_holder *holder)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc != DB_OK) {
		attempt_answer(a, AUTH_DOWN);
		return;
	}
	subject_take(a, holder);
	ask_place(a);
}

static void
ask_subject(struct attempt *a)
{
	if (a->subject == AUTH_NOBODY) {
		ask_check(a);
		return;
	}
	a->asked = subject_find(a, on_subject);
	if (a->asked == NULL)
		on_subject(a, DB_DOWN, NULL);
}

/* ----------------------------------------------------------------- place */

static void
take_place(struct attempt *a, const struct attempts_begin_answer *answer)
{
	switch (answer->begin) {
	case ATTEMPTS_LOCKED:
		a->place = true;
		a->locked = true;
		a->lock_found = !a->closed;
		a->lock = (struct attempts_settled){
			.lock_number = answer->lock_number,
			.locked_until = answer->locked_until,
			.blocked = answer->blocked,
		};
		break;
	case ATTEMPTS_GO:
		a->place = true;
		break;
	case ATTEMPTS_BUSY:
		attempt_answer(a, AUTH_BUSY);
		return;
	}
	if (a->left)
		attempt_answer(a, AUTH_GONE);
	else
		ask_check(a);
}

static void
on_place(void *arg, enum db_rc rc, const struct attempts_begin_answer *answer)
{
	struct attempt *a = arg;

	attempt_hears(a);
	a->taking = false;
	if (rc != DB_OK)
		attempt_answer(a, AUTH_DOWN);
	else
		take_place(a, answer);
}

static void
ask_place(struct attempt *a)
{
	a->taking = true;
	a->asked = attempts_begin(a->ladder->options.attempts, &a->who,
	    a->holder.account.locks, on_place, a);
	if (a->asked == NULL)
		on_place(a, DB_DOWN, NULL);
}

/* -------------------------------------------------------------- password */

/* Unknown, wrong, closed or locked: one answer for all. */
static void
refuse(struct attempt *a)
{
	subject_tell_lock(a);
	attempt_answer(a, AUTH_REFUSED);
}

/* Nobody's failure: nothing was found out. */
static void
no_memory(struct attempt *a)
{
	log_say(LOG_LINE_ERROR, "password-memory",
	    "there is not enough for Argon2id (policy.argon2_memory)");
	attempt_answer(a, AUTH_DOWN);
}

static struct voucher_subject
vouched(const struct attempt *a)
{
	return (struct voucher_subject){ .account = a->holder.account.id,
		.contract = a->holder.account.contract,
		.operation = a->operation,
		.profile = a->vouches->name,
		.password_hash = a->holder.account.password_hash };
}

/* As long as a code that is mailed now, or as a session. */
void
attempt_vouch(struct attempt *a)
{
	const struct ladder_options *o = &a->ladder->options;
	struct voucher_subject subject = vouched(a);
	unsigned life_s = a->for_session ? o->session_s : o->code->life_s;

	a->voucher =
	    voucher_make(o->code_key, &subject, clock_now() + (time_t)life_s);
}

/* ----------------------------------------------------------------- passing */

/* The password was all that was wanted. */
static void
end_alone(struct attempt *a)
{
	a->stage = ATTEMPT_PASSED;
	attempt_forgive(a);
	attempt_answer(a, AUTH_DONE);
}

/* It was right, and is another one just now, or the account is locked: who
 * comes again is told so. */
static void
on_session(void *arg, enum db_rc rc, bool open)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (a->vanished)
		attempt_go_on(a, ATTEMPT_PASSED);
	else if (rc != DB_OK)
		attempt_answer(a, AUTH_DOWN);
	else if (!open)
		attempt_answer(a, AUTH_BUSY);
	else
		end_alone(a);
}

/* What a temporary password opens is the registration alone. */
static void
pass_alone(struct attempt *a)
{
	const struct ladder_options *o = &a->ladder->options;

	if (!a->for_session || a->holder.account.temporary_password) {
		end_alone(a);
		return;
	}
	a->asked = proofs_open_session(o->proofs, &a->session,
	    &a->holder.account, &o->limits, o->session_s, on_session, a);
	if (a->asked == NULL)
		on_session(a, DB_DOWN, false);
}

/* The first step goes on by itself, unless its client has gone (F-02). Who
 * shows a voucher has another one with a new code, and only then. */
static void
pass(struct attempt *a)
{
	bool first = a->wants_voucher && !a->shows_voucher;

	if (first)
		attempt_vouch(a);
	if (a->alone && !a->vanished) {
		pass_alone(a);
		return;
	}
	if (first && a->mails == NULL && !a->vanished)
		attempt_forgive(a); /* there is no more to it */
	if (a->with_code || a->mails == NULL || a->vanished) {
		attempt_go_on(a, ATTEMPT_PASSED);
		return;
	}
	a->stage = ATTEMPT_PASSED;
	attempt_mail(a);
}

static void
on_rehashed(void *arg, enum db_rc rc)
{
	struct attempt *a = arg;

	(void)rc; /* where that one is not there, no session begins */
	attempt_hears(a);
	pass(a);
}

/* A voucher is over the new hash, and so is a session, which waits for it. */
static void
pass_anew(struct attempt *a, const struct evaluation *e)
{
	accounts_done_fn *told = a->for_session ? on_rehashed : NULL;
	struct call *telling = subject_tell_hash(a, e->hash, e->anew, told);

	memcpy(a->holder.account.password_hash, e->anew, sizeof(e->anew));
	if (told == NULL)
		call_forget(telling);
	else
		a->asked = telling;
	if (a->asked == NULL)
		pass(a);
}

static void
on_evaluation(void *arg)
{
	const struct evaluation *e = arg;
	struct attempt *a = e->arg;

	attempt_hears(a);
	a->with_code = e->whole != PASSWORD_RIGHT && e->split == PASSWORD_RIGHT;
	if (evaluation_unknown(e))
		no_memory(a);
	else if (evaluation_right(e) && e->anew[0] != '\0')
		pass_anew(a, e);
	else if (evaluation_right(e))
		pass(a);
	else if (a->place)
		attempt_fail(a);
	else
		refuse(a);
}

/* NULL: it has been answered. Of a door as many wait as may. */
static struct evaluation *
begin_evaluation(struct attempt *a)
{
	struct share *room = a->ladder->options.room;
	struct evaluation *e;

	if (room != NULL && !share_take(room, a->door)) {
		attempt_answer(a, AUTH_FULL);
		return NULL;
	}
	e = evaluation_new(room, a->door);
	if (e != NULL)
		return e;
	if (room != NULL)
		share_give(room, a->door);
	no_memory(a);
	return NULL;
}

/* A secret that is right is taken; it is looked at all the same. */
static bool
may_pass(const struct attempt *a)
{
	return a->place && !a->closed && !a->locked;
}

/*
 * In the place of a password. One that is over is nobody's guess; and no more
 * is one of a session that was begun with the password of then (`alone`): its
 * page may be open in many windows.
 */
static void
look_at_voucher(struct attempt *a)
{
	const struct secret_key *key = a->ladder->options.code_key;
	struct voucher_subject subject = vouched(a);
	time_t now = clock_now();

	a->evaluated = may_pass(a);
	if (a->known && may_pass(a) &&
	    voucher_holds(key, &subject, &a->voucher, now))
		pass(a);
	else if (a->place && !a->alone && now < a->voucher.ends_at)
		attempt_fail(a);
	else
		refuse(a);
}

/* The secret is gone from here: the evaluation has it. */
static void
hand_over(struct attempt *a, struct evaluation *e)
{
	const struct ladder_options *o = &a->ladder->options;

	e->arg = a;
	if (a->known && may_pass(a))
		memcpy(
		    e->hash, a->holder.account.password_hash, sizeof(e->hash));
	e->costs = *o->costs;
	e->rehash = o->accounts != NULL && a->subject == AUTH_ACCOUNT;
	e->candidates = a->candidates;
	e->secret_len = a->secret_len;
	memcpy(e->secret, a->secret, a->secret_len);
	secret_wipe(a->secret, a->secret_len);
}

static void
ask_check(struct attempt *a)
{
	const struct ladder_options *o = &a->ladder->options;
	struct evaluation *e;

	if (a->shows_voucher) {
		look_at_voucher(a);
		return;
	}
	e = begin_evaluation(a);
	if (e == NULL)
		return;
	hand_over(a, e);
	a->asked = evaluation_run(e, o->pool, o->mailbox, on_evaluation);
	if (a->asked == NULL)
		attempt_answer(a, AUTH_FULL);
	else
		a->evaluated = may_pass(a);
}

/* --------------------------------------------------------------- failure */

static void
on_failure(void *arg, enum db_rc rc, const struct attempts_settled *settled)
{
	struct attempt *a = arg;

	attempt_hears(a);
	if (rc != DB_OK) {
		attempt_answer(a, AUTH_DOWN);
		return;
	}
	if (!a->locked) {
		a->lock_found = settled->locked_now && !a->closed;
		a->lock = *settled;
	}
	refuse(a);
}

/*
 * Its place was held all the time, as everybody's. What was tried during a lock
 * moves no counter (R-LOCK-2); who is closed or suspended is counted as one is
 * who does not exist (I-15).
 */
void
attempt_fail(struct attempt *a)
{
	enum facts_state state = a->holder.account.state;
	bool lock =
	    a->locked ||
	    (a->closed && (state == FACTS_ACTIVE || state == FACTS_BLOCKED));

	a->place = false; /* whatever happens now, it counts (I-7) */
	a->asked = attempts_settle(a->ladder->options.attempts, &a->who,
	    lock ? ATTEMPTS_NEUTRAL : ATTEMPTS_FAILED, on_failure, a);
	if (a->asked == NULL)
		on_failure(a, DB_DOWN, NULL);
}

/* ------------------------------------------------------------- the asking */

static bool
is_temporary(const struct attempt *a, enum auth_end end)
{
	return end == AUTH_NOT_ENTITLED &&
	       a->decision.verdict == DECIDE_TEMPORARY;
}

static void
tell(struct attempt *a, enum auth_end end)
{
	struct auth_password_answer answer;

	memset(&answer, 0, sizeof(answer)); /* its padding tells nothing */
	answer.end = end;
	answer.with_code = a->with_code;
	answer.evaluated = a->evaluated;
	answer.retry_s = a->retry_s;
	if (end == AUTH_NOT_ENTITLED)
		answer.decision = a->decision;
	if (end == AUTH_DONE)
		answer.mailed = a->mailed;
	if (a->wants_voucher && (end == AUTH_DONE || is_temporary(a, end)))
		answer.voucher = a->voucher;
	if (a->stage != ATTEMPT_ASKED)
		answer.holder = a->holder;
	/* For a front, and its browser. */
	if (a->ladder->options.accounts != NULL) {
		facts_mask_email(&answer.holder.account);
		secret_wipe(answer.holder.account.name,
		    sizeof(answer.holder.account.name));
	}
	if (!a->tells_hash)
		secret_wipe(answer.holder.account.password_hash,
		    sizeof(answer.holder.account.password_hash));
	asked_answer(&a->open, &answer.head, sizeof(answer));
	secret_wipe(&answer, sizeof(answer));
}

static void
keep(struct attempt *a, const struct auth_password *q)
{
	const struct ladder_options *o = &a->ladder->options;

	a->subject = q->subject;
	a->who.contract = q->subject == AUTH_CONTRACT;
	if (q->mails_code)
		a->mails = ladder_profile(a->ladder, q->profile);
	if (q->wants_voucher || q->shows_voucher || q->for_session)
		a->vouches = ladder_profile(a->ladder, q->profile);
	a->asks_anew = q->asks_anew;
	a->wants_voucher = q->wants_voucher;
	a->for_session = q->for_session;
	a->alone = q->alone;
	a->shows_voucher = q->shows_voucher;
	a->voucher = q->voucher;
	a->operation = q->operation;
	a->tells_hash = q->tells_hash;
	a->session = q->session;
	a->shows_certificate = q->shows_certificate;
	a->serial = q->serial;
	a->fingerprint = q->fingerprint;
	memcpy(a->name, q->name, sizeof(a->name));
	memcpy(a->address, q->address, sizeof(a->address));
	memcpy(a->secret, q->secret, q->secret_len);
	a->secret_len = q->secret_len;
	a->candidates.password = true;
	if (q->code_may_follow)
		a->candidates = code_candidates(q->secret, q->secret_len,
		    o->input->password_min, o->input->password_max);
}

/* Of an attempt that there is not. */
static void
tell_at_once(const struct asked *q, enum auth_end end)
{
	struct auth_password_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.end = end;
	asked_answer(q, &answer.head, sizeof(answer));
}

void
take_password(const struct asked *q, const struct auth_password *question)
{
	struct attempt *a;

	/* A door that gives one number twice has lost its count. */
	if ((a = attempt_find(q, question->handle)) != NULL)
		attempt_vanish(a);
	if ((question->mails_code || question->wants_voucher ||
		question->shows_voucher || question->for_session) &&
	    ladder_profile(q->ladder, question->profile) == NULL) {
		tell_at_once(q, AUTH_GONE);
		return;
	}
	a = attempt_new(q, question->handle);
	if (a == NULL) {
		tell_at_once(q, AUTH_DOWN);
		return;
	}
	attempt_open(a, q, tell);
	keep(a, question);
	ask_limit(a);
}
