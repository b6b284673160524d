#include "est/enroll.h"

#include "est/certificate.h"
#include "est/count.h"
#include "est/credentials.h"
#include "est/onetime.h"

#include <assert.h>

/* ----------------------------------------------------------------- proof */

#define TO(proof) (1u << ENROLL_##proof)

/* Where each may go: the diagram of enroll.h. */
static const unsigned ways[ENROLL_PROOFS] = {
	[ENROLL_UNPROVEN] =
	    TO(CERTIFICATE) | TO(WRONG) | TO(PASSWORD) | TO(CODE),
	[ENROLL_CERTIFICATE] = TO(CODE),
	[ENROLL_PASSWORD] = TO(CODE),
	[ENROLL_CODE] = TO(CODE) | TO(WRONG) | TO(PROVEN) | TO(AGAIN),
};

void
proof_set(struct enroll *e, enum enroll_proof to)
{
	assert((ways[e->proof] & 1u << to) != 0);
	e->proof = to;
}

/* ------------------------------------------------------------ conditions */

/* An Authorization was sent, well-formed or not. */
static bool
secret_sent(const struct flow *f)
{
	return enroll_of(f)->has_authorization;
}

/* It names a user. */
static bool
user_named(const struct flow *f)
{
	return enroll_of(f)->auth.user != NULL;
}

/* A user or a client certificate says who it may be. */
static bool
somebody(const struct flow *f)
{
	return user_named(f) || !secret_sent(f);
}

static bool
secret_wrong(const struct flow *f)
{
	const struct enroll *e = enroll_of(f);

	return e->proof == ENROLL_WRONG && e->place;
}

/* Proved by password or certificate; nobody else's CSR is looked at. */
static bool
known(const struct flow *f)
{
	enum enroll_proof proof = enroll_of(f)->proof;

	return proof != ENROLL_UNPROVEN && proof != ENROLL_WRONG;
}

/* Step 1: the password alone. */
static bool
password_right(const struct flow *f)
{
	return enroll_of(f)->proof == ENROLL_PASSWORD;
}

static bool
csr_decoded(const struct flow *f)
{
	return known(f) && enroll_of(f)->csr_refusal == REFUSAL_NONE;
}

/* Step 2: a code came with the password. */
static bool
code_given(const struct flow *f)
{
	return enroll_of(f)->proof == ENROLL_CODE;
}

static bool
code_given_and_csr_good(const struct flow *f)
{
	return code_given(f) && enroll_of(f)->csr != NULL;
}

static bool
lock_noted(const struct flow *f)
{
	return enroll_of(f)->lock.number != 0;
}

static bool
code_right(const struct flow *f)
{
	enum enroll_proof proof = enroll_of(f)->proof;

	return proof == ENROLL_PROVEN || proof == ENROLL_AGAIN;
}

/* ----------------------------------------------------------------- table */

/*
 * First everything that can refuse; then the code is spent, and only for a
 * request that is good and a holder who is entitled; then the issuer.
 */
static const struct flow_step steps[] = {
	{ "check media type", NULL, certificate_check_media_type },
	{ "read credentials", NULL, credentials_read },
	/* Redis, R-AUTH-5 */
	{ "limit address", secret_sent, credentials_limit },
	/* PostgreSQL */
	{ "find holder", somebody, credentials_find },
	/* Redis, I-7 */
	{ "take place", user_named, count_take_place },
	/* pool: Argon2id */
	{ "check password", secret_sent, credentials_check },
	/* Redis, R-LOCK-1 */
	{ "count failure", secret_wrong, count_failure },
	{ "decode body", known, certificate_decode },
	/* policy, R-CERT-3 */
	{ "decide", known, certificate_decide },
	/* step 1 ends here: Redis, outbox row */
	{ "make code", password_right, onetime_make },
	{ "mail code", password_right, onetime_mail },
	{ "read csr", csr_decoded, certificate_read_csr },
	/* PostgreSQL, S-08 */
	{ "check key", code_given_and_csr_good, certificate_check_key },
	/* Redis, I-6 */
	{ "spend code", code_given, onetime_spend },
	/* PostgreSQL, R-LOCK-8 */
	{ "record lock", lock_noted, count_record_lock },
	{ "judge proof", NULL, credentials_judge },
	{ "judge order", NULL, certificate_judge },
	/* durable, I-1 */
	{ "issue", NULL, certificate_ask_issuer },
	/* Redis, R-LOCK-4 */
	{ "clear counters", code_right, count_clear },
	{ NULL },
};

/* ------------------------------------------------------------------- log */

static void
log_enroll(const struct flow *f, struct log_line *l)
{
	const struct enroll *e = enroll_of(f);

	if (e->user != NULL)
		log_text(l, "user", e->user);
	if (e->evaluated != NULL)
		log_text(l, "evaluated", e->evaluated);
	if (e->key != NULL) {
		log_text(l, "key", e->key_kind);
		log_hex(l, "spki", e->key, FACTS_DIGEST_SIZE);
	}
	if (e->issued)
		log_hex(l, "serial", e->serial, FACTS_SERIAL_SIZE);
	if (f->refusal == &refusals[REFUSAL_REQUEST] && f->text != NULL)
		log_text(l, "why", f->text);
	if (e->note != NULL)
		log_text(l, "note", e->note);
}

const struct endpoint simpleenroll_endpoint = { .name = "simpleenroll",
	.methods = "POST",
	.state_size = sizeof(struct enroll),
	.steps = steps,
	.leave = count_leave,
	.log = log_enroll };

const struct endpoint simplereenroll_endpoint = { .name = "simplereenroll",
	.methods = "POST",
	.state_size = sizeof(struct enroll),
	.steps = steps,
	.leave = count_leave,
	.log = log_enroll };
