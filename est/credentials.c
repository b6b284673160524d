#include "est/credentials.h"

#include "base/clock.h"
#include "base/rate.h"
#include "est/certificate.h"
#include "est/enroll.h"
#include "est/mailed.h"
#include "est/route.h"

#include <string.h>
#include <strings.h>

_Static_assert(BASIC_USER_MAX < AUTH_NAME_SIZE, "a user name fits");
_Static_assert(BASIC_VALUE_MAX <= AUTH_SECRET_SIZE, "a secret fits");
_Static_assert((int)FLOW_PEER_SIZE == AUTH_ADDRESS_SIZE, "so does an address");

/* ---------------------------------------------------------------- header */

/*
 * The one Authorization of a request; false if there are several. In
 * one field they stand with a comma between them; other schemes have commas
 * of their own, and are answered like a wrong password.
 */
static bool
find_authorization(const struct flow *f, const char **value)
{
	if (!flow_header_once(f, "Authorization", value))
		return false;
	return *value == NULL || strncasecmp(*value, "Basic", 5) != 0 ||
	       strchr(*value, ',') == NULL;
}

/*
 * R-CERT-10: the certificate alone is enough. What its client sends as
 * Authorization beside it, out of habit or an old configuration file, is
 * nobody's guess: it is not looked at, and locks nobody (C-20).
 */
static bool
by_certificate(const struct flow *f)
{
	return enroll_of(f)->proof == ENROLL_CERTIFICATE;
}

enum flow_next
credentials_read(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	const char *value;

	if (by_certificate(f))
		return FLOW_NEXT;
	if (!find_authorization(f, &value))
		return est_refuse(f, REFUSAL_AUTHORIZATION_HEADER);
	if (value == NULL)
		return est_refuse(f, REFUSAL_ASK);
	e->has_authorization = true;
	/* Malformed: nobody, and evaluated all the same. */
	if (basic_read(f->arena, value, &e->auth))
		e->auth.secret_len =
		    code_fold(e->auth.secret, e->auth.secret_len);
	else
		e->auth.user = NULL;
	return FLOW_NEXT;
}

/* ----------------------------------------------------------- certificate */

/*
 * A certificate has no attempts that are counted; so its requests are, before
 * PostgreSQL is asked. Nobody uses up that of another: the handshake has shown
 * who holds the key.
 */
static bool
in_its_rate(const struct flow *f)
{
	uint64_t who;

	memcpy(&who, enroll_of(f)->presented.fingerprint.bytes, sizeof(who));
	return rate_take(est_of(f)->per_certificate, who, clock_mono_us());
}

static enum flow_next
refuse_rate(struct flow *f)
{
	flow_turn_away(f, TURNAWAY_CERTIFICATE);
	f->retry_s = rate_wait_s(est_of(f)->per_certificate);
	return est_refuse(f, REFUSAL_CERTIFICATE_RATE);
}

enum flow_next
credentials_read_certificate(struct flow *f)
{
	struct enroll *e = enroll_of(f);

	client_certificate_read(flow_tls(f), &e->presented);
	if (enroll_operation(f) != DECIDE_REENROLL)
		return FLOW_NEXT;
	if (!e->presented.exists)
		return est_refuse(f, REFUSAL_NO_CERTIFICATE);
	return in_its_rate(f) ? FLOW_NEXT : refuse_rate(f);
}

static void
take_holder(struct enroll *e, const struct facts_holder *holder)
{
	e->holder = *holder;
	if (e->holder.account.id != 0) /* EST-300: not before */
		e->user = e->holder.account.user_id;
}

/*
 * R-CERT-11: it is renewed under its own profile, which the path need not
 * name. One that it names wrongly is refused: what it demands or leaves out
 * is not for the path to say.
 */
static bool
take_profile(struct flow *f, const struct facts_certificate *presented)
{
	const struct config *config = est_of(f)->shared->config;
	const struct profile *own = config_profile(
	    config, presented->profile, strlen(presented->profile));
	struct route route;

	if (own == NULL ||
	    route_find(config, flow_path(f), &route) != ROUTE_FOUND ||
	    (route.labelled && route.profile != own))
		return false;
	f->found = own;
	return true;
}

/*
 * R-CERT-12: who shows it has its key, so that nobody replaces it as one that
 * never arrived. Later that does not matter here, and a renewal writes no more
 * than it must.
 */
static void
note_installed(const struct flow *f, const struct facts_certificate *shown)
{
	const struct client_certificate *c = &enroll_of(f)->presented;

	if (shown->current &&
	    decide_replaceable(est_profile(f), shown, clock_now()) != 0)
		call_forget(issuer_mark_installed(est_of(f)->issuer, &c->serial,
		    &c->fingerprint, ISSUER_LIMIT_MS, NULL, NULL));
}

/*
 * What would be refused whatever else is shown is refused before anybody is
 * asked for a password (EST-183, EST-188).
 */
static enum flow_next
take_presented(struct flow *f, const struct facts_holder *holder)
{
	const struct facts_certificate *shown = &holder->presented;
	struct decision d = { .verdict = decide_presented(shown, clock_now()) };
	struct enroll *e = enroll_of(f);

	if (d.verdict == DECIDE_ALLOWED && !take_profile(f, shown))
		d.verdict = DECIDE_OTHER_PROFILE;
	if (d.verdict != DECIDE_ALLOWED)
		return certificate_refuse(f, &d);
	note_installed(f, shown);
	if (est_profile(f)->renewal == PROFILE_RENEWAL_CERTIFICATE) {
		take_holder(e, holder);
		proof_set(e, ENROLL_CERTIFICATE);
	}
	return FLOW_NEXT;
}

static void
on_holder(void *arg, enum db_rc rc, const struct facts_holder *holder)
{
	struct flow *f = arg;

	flow_resume(f, rc == DB_OK ? take_presented(f, holder)
				   : est_refuse(f, REFUSAL_UNAVAILABLE));
}

/* Nothing is guessed here, and nothing is counted. */
enum flow_next
credentials_find_holder(struct flow *f)
{
	const struct client_certificate *c = &enroll_of(f)->presented;
	struct accounts_question q = { .serial = &c->serial,
		.fingerprint = &c->fingerprint };

	f->asked = accounts_find(est_of(f)->accounts, &q, on_holder, f);
	return FLOW_WAIT;
}

/* -------------------------------------------------------------- password */

/* What it means to the client that auth has not done it. */
static enum flow_next
refuse(struct flow *f, enum auth_end end)
{
	static const enum refusal refusal_of[] = {
		[AUTH_DONE] = REFUSAL_INTERNAL,
		[AUTH_REFUSED] = REFUSAL_AUTHENTICATION,
		[AUTH_NOT_ENTITLED] = REFUSAL_INTERNAL,
		[AUTH_THROTTLED] = REFUSAL_THROTTLED,
		[AUTH_BUSY] = REFUSAL_BUSY,
		[AUTH_FULL] = REFUSAL_FULL,
		[AUTH_DOWN] = REFUSAL_UNAVAILABLE,
		[AUTH_GONE] = REFUSAL_UNAVAILABLE,
	};

	return est_refuse(f, refusal_of[end]);
}

/* Step 1 ends here: by a mail, or by a refusal that comes before it. */
static enum flow_next
take_password(struct flow *f, const struct auth_password_answer *answer)
{
	struct enroll *e = enroll_of(f);

	/* Why not is for who has shown the password, unless nothing may tell
	 * that it was right (est.uniform_401). */
	if (answer->end == AUTH_NOT_ENTITLED)
		return est_of(f)->shared->config->est.uniform_401
			   ? est_refuse(f, REFUSAL_AUTHENTICATION)
			   : certificate_refuse(f, &answer->decision);
	if (answer->end != AUTH_DONE)
		return refuse(f, answer->end);
	proof_set(e, answer->with_code ? ENROLL_CODE : ENROLL_PASSWORD);
	if (e->proof == ENROLL_PASSWORD && !enroll_has_otp(f))
		return mailed_refuse(f, &answer->mailed);
	if (answer->with_code)
		memcpy(e->code,
		    e->auth.secret + e->auth.secret_len - CODE_DIGITS,
		    CODE_DIGITS);
	return FLOW_NEXT;
}

/* auth has said that the attempt is over: there is nothing to leave. */
static void
forget_attempt(struct enroll *e)
{
	e->attempt.number = 0;
}

static void
on_password(void *arg, const struct ipc_head *head)
{
	const struct auth_password_answer *answer =
	    auth_password_answer_of(head);
	struct flow *f = arg;
	struct enroll *e = enroll_of(f);
	enum flow_next next;

	e->evaluated = answer->evaluated ? "yes" : "no";
	f->retry_s = answer->retry_s;
	take_holder(e, &answer->holder);
	next = take_password(f, answer);
	if (head != NULL && next == FLOW_FAIL)
		forget_attempt(e);
	flow_resume(f, next);
}

static void
fill_password(const struct enroll *e, struct auth_password *q)
{
	if (e->auth.user != NULL) {
		q->subject = AUTH_ACCOUNT;
		memcpy(q->name, e->auth.user, strlen(e->auth.user));
		memcpy(q->secret, e->auth.secret, e->auth.secret_len);
		q->secret_len = e->auth.secret_len;
	}
	if (e->presented.exists) {
		q->shows_certificate = true;
		q->serial = e->presented.serial;
		q->fingerprint = e->presented.fingerprint;
	}
}

enum flow_next
credentials_check_password(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	struct auth_password q = { .subject = AUTH_NOBODY,
		.code_may_follow = true,
		.mails_code = !enroll_has_otp(f), /* else it is step 2 */
		.operation = enroll_operation(f) };

	fill_password(e, &q);
	memcpy(q.profile, est_profile(f)->name, sizeof(q.profile));
	flow_peer(f, q.address);
	e->evaluated = "unknown"; /* should nobody wait for the answer */
	f->asked =
	    auth_password(est_of(f)->auth, &q, &e->attempt, on_password, f);
	secret_wipe(&q, sizeof(q));
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------ code */

static void
on_code(void *arg, const struct ipc_head *head)
{
	const struct auth_code_answer *answer = auth_code_answer_of(head);
	struct flow *f = arg;
	struct enroll *e = enroll_of(f);

	if (answer->end != AUTH_DONE) {
		if (head != NULL)
			forget_attempt(e);
		flow_resume(f, refuse(f, answer->end));
		return;
	}
	proof_set(e, answer->again ? ENROLL_AGAIN : ENROLL_PROVEN);
	e->decision = answer->decision;
	e->ask.grant = answer->grant;
	flow_resume(f, FLOW_NEXT);
}

/*
 * Also of a request that will be refused: it may be the one that the code was
 * spent for, and is then no failure.
 */
enum flow_next
credentials_check_code(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	struct auth_code q = { .handle = e->attempt,
		.operation = enroll_operation(f),
		.good = e->csr_refusal == REFUSAL_NONE };

	memcpy(q.profile, est_profile(f)->name, sizeof(q.profile));
	memcpy(q.code, e->code, sizeof(q.code));
	if (e->csr != NULL) {
		q.csr_digest = e->csr->digest;
		q.key_digest = e->csr->key_digest;
	}
	if (e->holder.presented.exists)
		q.presented = e->presented.serial;
	/* From here on it may be paid for (F-05). */
	f->unstoppable = q.good && e->decision.verdict == DECIDE_ALLOWED;
	f->asked = auth_code(est_of(f)->auth, &q, on_code, f);
	secret_wipe(&q, sizeof(q));
	return FLOW_WAIT;
}

/* ------------------------------------------------------------------- end */

/* The certificate is recorded: nothing that Redis says can take it back. */
static void
on_cleared(void *arg, const struct ipc_head *head)
{
	if (head != NULL)
		forget_attempt(enroll_of(arg));
	flow_resume(arg, FLOW_NEXT);
}

enum flow_next
credentials_clear_counters(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	struct auth_succeed q = {
		.handle = e->attempt, .serial = e->serial, .receipt = e->receipt
	};

	f->asked = auth_succeed(est_of(f)->auth, &q, on_cleared, f);
	return FLOW_WAIT;
}

void
credentials_leave(struct flow *f)
{
	struct auth_handle attempt = enroll_of(f)->attempt;

	/* A client that leaves has made its attempt (F-02). */
	if (flow_client_gone(f))
		auth_vanish(est_of(f)->auth, attempt);
	else
		auth_leave(est_of(f)->auth, attempt);
}
