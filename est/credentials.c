/*
 * What is told to somebody who has not proved the password must not depend on
 * whether the account exists (R-AUTH-4, I-15). So every Authorization takes
 * the same way: address limit, look-up, a place in Redis under the typed user
 * ID, one Argon2id - a dummy where there is nothing to compare - and the same
 * 401.
 */
#include "est/credentials.h"

#include "base/password.h"
#include "est/count.h"
#include "est/enroll.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* R-CERT-10: re-enrollment that the certificate alone is enough for. */
static bool
by_certificate(const struct flow *f)
{
	return enroll_operation(f) == DECIDE_REENROLL &&
	       est_profile(f)->renewal == PROFILE_RENEWAL_CERTIFICATE;
}

enum flow_next
credentials_read(struct flow *f)
{
	const struct input_policy *input =
	    &est_of(f)->shared->config->policy.input;
	struct enroll *e = enroll_of(f);
	const char *value;

	client_certificate_read(flow_tls(f), &e->presented);
	if (!find_authorization(f, &value))
		return est_refuse(f, REFUSAL_AUTHORIZATION_HEADER);
	if (enroll_operation(f) == DECIDE_REENROLL && !e->presented.exists)
		return est_refuse(f, REFUSAL_NO_CERTIFICATE);
	if (value == NULL && by_certificate(f)) {
		proof_set(e, ENROLL_CERTIFICATE);
		return FLOW_NEXT;
	}
	if (value == NULL)
		return est_refuse(f, REFUSAL_ASK);
	e->has_authorization = true;
	e->evaluated = "no";
	secret_random(e->who.operation, sizeof(e->who.operation));
	/* Malformed: nobody, and evaluated all the same. */
	if (!basic_read(f->arena, value, &e->auth))
		return FLOW_NEXT;
	e->who.user_id = e->auth.user;
	e->candidates = code_candidates(e->auth.secret, e->auth.secret_len,
	    input->password_min, input->password_max);
	return FLOW_NEXT;
}

/* --------------------------------------------------------------- address */

static void
on_limit(void *arg, enum db_rc rc, const struct attempts_address_answer *answer)
{
	struct flow *f = arg;
	enum flow_next n = FLOW_NEXT;

	if (rc != DB_OK) {
		n = est_refuse(f, REFUSAL_UNAVAILABLE);
	} else if (!answer->allowed) {
		f->retry_s = answer->retry_s;
		n = est_refuse(f, REFUSAL_THROTTLED);
	}
	flow_resume(f, n);
}

enum flow_next
credentials_limit(struct flow *f)
{
	char address[FLOW_PEER_SIZE];

	flow_peer(f, address);
	f->asked = attempts_address(est_of(f)->attempts, address, on_limit, f);
	return FLOW_WAIT;
}

/* ---------------------------------------------------------------- holder */

static void
on_holder(void *arg, enum db_rc rc, const struct facts_holder *holder)
{
	struct flow *f = arg;
	enum flow_next n = FLOW_NEXT;

	if (rc != DB_OK)
		n = est_refuse(f, REFUSAL_UNAVAILABLE);
	else
		enroll_of(f)->holder = *holder;
	flow_resume(f, n);
}

enum flow_next
credentials_find(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	struct accounts_question q = { .user_id = e->auth.user };

	if (e->presented.exists) {
		q.serial = e->presented.serial;
		q.fingerprint = e->presented.fingerprint;
	}
	f->asked = accounts_find(est_of(f)->accounts, &q, on_holder, f);
	return FLOW_WAIT;
}

/* -------------------------------------------------------------- password */

/* What a pool thread needs; the flow may end before it is done. */
struct check {
	struct flow *flow;	       /* for `done` alone */
	char hash[PASSWORD_HASH_SIZE]; /* empty: evaluate a dummy */
	char secret[BASIC_VALUE_MAX];
	size_t secret_len;
	struct code_candidates candidates;
	bool whole_right; /* the secret is the password */
	bool split_right; /* it is password and code */
};

static bool
evaluate(const struct check *check, size_t len)
{
	if (check->hash[0] == '\0') {
		password_dummy(check->secret, len);
		return false;
	}
	return password_matches(check->hash, check->secret, len);
}

/* The form of the secret alone says how many evaluations there are. */
static void
work(void *arg)
{
	struct check *check = arg;
	const struct code_candidates *c = &check->candidates;

	if (!c->password && !c->password_and_code)
		password_dummy("", 0);
	if (c->password)
		check->whole_right = evaluate(check, check->secret_len);
	if (c->password_and_code)
		check->split_right = evaluate(check, c->split);
}

static void
release(void *arg)
{
	secret_wipe(arg, sizeof(struct check));
	free(arg);
}

static void
on_check(void *arg)
{
	const struct check *check = arg;
	struct flow *f = check->flow;
	struct enroll *e = enroll_of(f);

	if (check->whole_right)
		proof_set(e,
		    by_certificate(f) ? ENROLL_CERTIFICATE : ENROLL_PASSWORD);
	else
		proof_set(e, check->split_right ? ENROLL_CODE : ENROLL_WRONG);
	if (e->proof == ENROLL_CODE)
		memcpy(
		    e->code, e->auth.secret + e->candidates.split, CODE_DIGITS);
	flow_resume(f, FLOW_NEXT);
}

static struct check *
check_new(struct flow *f, const struct enroll *e)
{
	struct check *check = calloc(1, sizeof(*check));

	if (check == NULL)
		return NULL;
	check->flow = f;
	if (e->holder.account.id != 0 && e->place)
		memcpy(check->hash, e->holder.account.password_hash,
		    sizeof(check->hash));
	check->candidates = e->candidates;
	check->secret_len = e->auth.secret_len;
	if (check->secret_len > sizeof(check->secret))
		check->secret_len = sizeof(check->secret);
	if (check->secret_len > 0)
		memcpy(check->secret, e->auth.secret, check->secret_len);
	return check;
}

enum flow_next
credentials_check(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	struct check *check;

	check = check_new(f, e);
	if (check == NULL)
		return est_refuse(f, REFUSAL_UNAVAILABLE);
	f->asked = pool_run(est_of(f)->shared->pool, est_of(f)->mailbox, work,
	    on_check, release, check);
	if (f->asked == NULL) {
		release(check);
		return est_refuse(f, REFUSAL_FULL);
	}
	if (e->place)
		e->evaluated = "yes";
	return FLOW_WAIT;
}

/* ----------------------------------------------------------------- judge */

enum flow_next
credentials_judge(struct flow *f)
{
	switch (enroll_of(f)->proof) {
	case ENROLL_CERTIFICATE:
	case ENROLL_PROVEN:
	case ENROLL_AGAIN:
		return FLOW_NEXT;
	default:
		break;
	}
	return est_refuse(f, REFUSAL_AUTHENTICATION);
}
