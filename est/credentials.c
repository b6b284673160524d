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
#include "http/gate.h"

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
find_authorization(evhtp_request_t *r, const char **value)
{
	evhtp_kv_t *kv;

	*value = NULL;
	TAILQ_FOREACH(kv, r->headers_in, next)
	{
		if (strcasecmp(kv->key, "Authorization") != 0)
			continue;
		if (*value != NULL)
			return false;
		if (strncasecmp(kv->val, "Basic", 5) == 0 &&
		    strchr(kv->val, ',') != NULL)
			return false;
		*value = kv->val;
	}
	return true;
}

/* R-CERT-10: re-enrollment that the certificate alone is enough for. */
static bool
by_certificate(const struct flow *f)
{
	return f->route.operation == OPERATION_SIMPLEREENROLL &&
	       f->route.profile->renewal == PROFILE_RENEWAL_CERTIFICATE;
}

enum next
credentials_read(struct flow *f)
{
	const struct input_policy *input =
	    &f->front->shared->config->policy.input;
	struct enroll *e = enroll_of(f);
	const char *value;

	client_certificate_read(f->request->conn->ssl, &e->presented);
	if (!find_authorization(f->request, &value))
		return flow_fail(f, FAIL_AUTHORIZATION_HEADER);
	if (e->operation == DECIDE_REENROLL && !e->presented.exists)
		return flow_fail(f, FAIL_NO_CERTIFICATE);
	if (value == NULL && by_certificate(f)) {
		e->proof = ENROLL_CERTIFICATE;
		return NEXT;
	}
	if (value == NULL)
		return flow_fail(f, FAIL_ASK);
	e->has_authorization = true;
	f->evaluated = "no";
	f->leave = count_leave;
	secret_random(e->who.operation, sizeof(e->who.operation));
	if (!basic_read(f->arena, value, &e->auth))
		return NEXT; /* malformed: nobody, evaluated all the same */
	e->who.user_id = e->auth.user;
	e->candidates = code_candidates(e->auth.secret, e->auth.secret_len,
	    input->password_min, input->password_max);
	return NEXT;
}

/* --------------------------------------------------------------- address */

static void
on_limit(void *arg, enum db_rc rc, const struct attempts_address_answer *answer)
{
	struct flow *f = arg;
	enum next n = NEXT;

	if (rc != DB_OK) {
		n = flow_fail(f, FAIL_UNAVAILABLE);
	} else if (!answer->allowed) {
		f->retry_s = answer->retry_s;
		n = flow_fail(f, FAIL_THROTTLED);
	}
	flow_resume(f, n);
}

enum next
credentials_limit(struct flow *f)
{
	char address[64] = "unknown";

	if (!enroll_of(f)->has_authorization)
		return NEXT;
	gate_peer(f->request, address, sizeof(address));
	f->asked = attempts_address(f->front->attempts, address, on_limit, f);
	return WAIT;
}

/* ---------------------------------------------------------------- holder */

static void
on_holder(void *arg, enum db_rc rc, const struct facts_holder *holder)
{
	struct flow *f = arg;
	enum next n = NEXT;

	if (rc != DB_OK)
		n = flow_fail(f, FAIL_UNAVAILABLE);
	else
		enroll_of(f)->holder = *holder;
	flow_resume(f, n);
}

enum next
credentials_find(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	struct accounts_question q = { .user_id = e->auth.user };

	if (e->has_authorization && e->auth.user == NULL)
		return NEXT;
	if (e->presented.exists) {
		q.serial = e->presented.serial;
		q.fingerprint = e->presented.fingerprint;
	}
	f->asked = accounts_find(f->front->accounts, &q, on_holder, f);
	return WAIT;
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

	e->proof = ENROLL_WRONG;
	if (check->whole_right)
		e->proof =
		    by_certificate(f) ? ENROLL_CERTIFICATE : ENROLL_PASSWORD;
	else if (check->split_right)
		e->proof = ENROLL_CODE;
	if (e->proof == ENROLL_CODE)
		memcpy(
		    e->code, e->auth.secret + e->candidates.split, CODE_DIGITS);
	flow_resume(f, NEXT);
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

enum next
credentials_check(struct flow *f)
{
	struct enroll *e = enroll_of(f);
	struct check *check;

	if (!e->has_authorization)
		return NEXT;
	check = check_new(f, e);
	if (check == NULL)
		return flow_fail(f, FAIL_UNAVAILABLE);
	f->asked = pool_run(f->front->shared->pool, f->front->mailbox, work,
	    on_check, release, check);
	if (f->asked == NULL) {
		release(check);
		return flow_fail(f, FAIL_FULL);
	}
	if (e->place)
		f->evaluated = "yes";
	return WAIT;
}

/* ----------------------------------------------------------------- judge */

enum next
credentials_judge(struct flow *f)
{
	switch (enroll_of(f)->proof) {
	case ENROLL_CERTIFICATE:
	case ENROLL_PROVEN:
	case ENROLL_AGAIN:
		return NEXT;
	case ENROLL_UNPROVEN:
	case ENROLL_WRONG:
	case ENROLL_PASSWORD:
	case ENROLL_CODE:
		break;
	}
	return flow_fail(f, FAIL_AUTHENTICATION);
}
