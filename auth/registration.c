/*
 * Who has proved a password begins, or has another one: it is hashed in the
 * pool, and
 * neither that hash nor the one that was proved leaves this process but for
 * PostgreSQL.
 */
#include "auth/attempt.h"
#include "base/clock.h"
#include "base/locked.h"
#include "base/log.h"
#include "base/password.h"
#include "base/pool.h"
#include "base/share.h"
#include "db/proofs.h"

#include <string.h>

/* What a pool thread needs; the attempt may end before it is done. */
struct hashing {
	struct pool_job job;
	struct attempt *attempt; /* for `done` alone */
	struct share *room;	 /* of which its door has one; or NULL */
	const void *door;
	struct auth_registration asked;
	char before[PASSWORD_HASH_SIZE]; /* what it may not be; empty: any */
	struct password_costs costs;
	bool hashed, same;
	char hash[PASSWORD_HASH_SIZE];
};

/* ------------------------------------------------------------------ answer */

static void
tell(struct attempt *a, enum auth_end end)
{
	struct auth_registration_answer answer;

	memset(&answer, 0, sizeof(answer)); /* its padding tells nothing */
	answer.end = end;
	if (end == AUTH_DONE) {
		answer.taken = a->taken;
		answer.same = a->same;
		if (a->vouches != NULL && !a->taken && !a->same)
			answer.voucher = a->voucher;
	}
	asked_answer(&a->open, &answer.head, sizeof(answer));
}

static void
tell_at_once(const struct asked *q, enum auth_end end)
{
	struct auth_registration_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.end = end;
	asked_answer(q, &answer.head, sizeof(answer));
}

/* -------------------------------------------------------------- PostgreSQL */

static void
on_cleared(void *arg, enum db_rc rc)
{
	struct attempt *a = arg;

	(void)rc; /* the contract is registered either way */
	attempt_hears(a);
	attempt_answer(a, AUTH_DONE);
}

/* The password is changed either way; who has no session logs in again. */
static void
on_session(void *arg, enum db_rc rc, bool open)
{
	struct attempt *a = arg;

	(void)rc;
	(void)open;
	attempt_hears(a);
	attempt_answer(a, AUTH_DONE);
}

static void
open_session(struct attempt *a)
{
	const struct ladder_options *o = &a->ladder->options;

	a->asked = proofs_open_session(o->proofs, &a->session,
	    &a->holder.account, &o->limits, o->session_s, on_session, a);
	if (a->asked == NULL)
		on_session(a, DB_DOWN, false);
}

/*
 * The counters of the contract are at zero, in PostgreSQL already. Those of an
 * account wait for a certificate (R-LOCK-4); its codes are as dead as the mails
 * of them (O-09).
 */
static void
settle(struct attempt *a)
{
	struct attempts *attempts = a->ladder->options.attempts;

	if (a->subject == AUTH_ACCOUNT) {
		call_forget(attempts_drop_code(attempts, &a->who, NULL, NULL));
		if (a->for_session)
			open_session(a);
		else
			attempt_answer(a, AUTH_DONE);
		return;
	}
	a->place = false;
	a->asked = attempts_succeed(attempts, &a->who, on_cleared, a);
	if (a->asked == NULL)
		on_cleared(a, DB_DOWN);
}

static void
on_begun(void *arg, enum db_rc rc, int64_t account)
{
	struct attempt *a = arg;

	attempt_hears(a);
	a->taken = rc == DB_CONFLICT;
	if (!a->taken) /* who asks which user IDs there are is counted (T6) */
		attempt_forgive(a);
	if (a->taken) {
		attempt_answer(a, AUTH_DONE);
	} else if (rc != DB_OK) {
		attempt_answer(a, AUTH_DOWN);
	} else if (account == 0) {
		attempt_answer(a, AUTH_REFUSED);
	} else {
		a->holder.account.id = account;
		if (a->vouches != NULL)
			attempt_vouch(a);
		settle(a);
	}
}

static void
begin(struct attempt *a, const struct hashing *h)
{
	struct proofs *proofs = a->ladder->options.proofs;
	struct facts_account *who = &a->holder.account;
	struct people_sql_holder master = { .user_id = h->asked.user_id,
		.name = h->asked.name,
		.email = h->asked.email,
		.locale = h->asked.locale };

	a->asked =
	    a->subject == AUTH_CONTRACT
		? proofs_begin_master(
		      proofs, who, &master, h->hash, on_begun, a)
		: proofs_begin_account(proofs, who, h->hash, on_begun, a);
	memcpy(who->password_hash, h->hash, sizeof(h->hash));
	if (a->asked == NULL)
		on_begun(a, DB_DOWN, 0);
}

/* ------------------------------------------------------------ in the pool */

static void
work(void *arg)
{
	struct hashing *h = arg;
	enum password_match match = PASSWORD_WRONG;
	const char *secret = h->asked.secret;
	size_t len = h->asked.secret_len;

	if (h->before[0] != '\0')
		match = password_matches(&h->costs, h->before, secret, len);
	h->same = match == PASSWORD_RIGHT;
	h->hashed =
	    match == PASSWORD_WRONG && password_hash(secret, len, h->hash);
}

static void
on_hash(void *arg)
{
	const struct hashing *h = arg;
	struct attempt *a = h->attempt;

	attempt_hears(a);
	a->same = h->same;
	if (h->same) {
		attempt_forgive(a);
		attempt_answer(a, AUTH_DONE);
	} else if (!h->hashed) {
		log_say(LOG_LINE_ERROR, "password-memory",
		    "there is not enough for Argon2id (policy.argon2_memory)");
		attempt_answer(a, AUTH_DOWN);
	} else {
		begin(a, h);
	}
}

static void
release(void *arg)
{
	struct hashing *h = arg;

	if (h->room != NULL)
		share_give(h->room, h->door);
	locked_free(h);
}

/* NULL: its door has as many in the pool as it may, or there is no memory. */
static struct hashing *
hashing_new(struct attempt *a, const struct auth_registration *q)
{
	const struct ladder_options *o = &a->ladder->options;
	struct hashing *h;

	if (o->room != NULL && !share_take(o->room, a->door))
		return NULL;
	h = locked_new(sizeof(*h));
	if (h == NULL) {
		if (o->room != NULL)
			share_give(o->room, a->door);
		return NULL;
	}
	h->attempt = a;
	h->room = o->room;
	h->door = a->door;
	h->costs = *o->costs;
	memcpy(&h->asked, q,
	    offsetof(struct auth_registration, secret) + q->secret_len);
	if (a->subject == AUTH_ACCOUNT)
		memcpy(h->before, a->holder.account.password_hash,
		    sizeof(h->before));
	return h;
}

/* ------------------------------------------------------------- the asking */

static bool
master_good(const struct auth_registration *q)
{
	return input_user_id(q->user_id, strlen(q->user_id)) == NULL &&
	       input_name(q->name, strlen(q->name)) == NULL &&
	       input_email(q->email, strlen(q->email)) == NULL &&
	       input_locale(q->locale, strlen(q->locale)) == NULL;
}

/* R-WEB-4, T3: who has a password of his own shows it, and a certificate of
 * his; what stands in the place of either changes nothing. */
static bool
may_change(const struct attempt *a)
{
	const struct facts_certificate *shown = &a->holder.presented;

	return !a->shows_voucher && a->shows_certificate &&
	       shown->account == a->holder.account.id &&
	       decide_presented(shown, clock_now()) == DECIDE_ALLOWED;
}

/* A front that was taken over writes nothing that no page would (T8). */
static bool
is_good(const struct attempt *a, const struct auth_registration *q)
{
	const struct input_policy *policy = a->ladder->options.input;

	if (input_password(policy, q->secret, q->secret_len) != NULL)
		return false;
	return a->subject == AUTH_CONTRACT
		   ? master_good(q)
		   : a->holder.account.temporary_password || may_change(a);
}

void
take_registration(const struct asked *q, const struct auth_registration *asked)
{
	const struct ladder_options *o = &q->ladder->options;
	struct attempt *a = attempt_at(q, asked->handle, ATTEMPT_PASSED);
	struct hashing *h;

	if (a == NULL || o->accounts == NULL || o->proofs == NULL ||
	    !is_good(a, asked)) {
		tell_at_once(q, AUTH_GONE);
		return;
	}
	attempt_open(a, q, tell);
	h = hashing_new(a, asked);
	if (h == NULL) {
		attempt_answer(a, AUTH_FULL);
		return;
	}
	a->asked =
	    pool_run(o->pool, o->mailbox, &h->job, work, on_hash, release, h);
	if (a->asked == NULL) {
		release(h);
		attempt_answer(a, AUTH_FULL);
	}
}
