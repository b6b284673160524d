#include "est/enroll.h"

#include "est/certificate.h"
#include "est/credentials.h"

#include <assert.h>

/* ----------------------------------------------------------------- proof */

#define TO(proof) (1u << ENROLL_##proof)

/* Where each may go: the diagram of enroll.h. */
static const unsigned ways[ENROLL_PROOFS] = {
	[ENROLL_UNPROVEN] = TO(CERTIFICATE) | TO(PASSWORD) | TO(CODE),
	[ENROLL_PASSWORD] = TO(CODE),
	[ENROLL_CODE] = TO(CODE) | TO(PROVEN) | TO(AGAIN),
};

void
proof_set(struct enroll *e, enum enroll_proof to)
{
	assert((ways[e->proof] & 1u << to) != 0);
	e->proof = to;
}

/* ------------------------------------------------------------ conditions */

/* An Authorization that counts was sent, well-formed or not. */
static bool
secret_sent(const struct flow *f)
{
	return enroll_of(f)->has_authorization;
}

static bool
is_renewal(const struct flow *f)
{
	return enroll_operation(f) == DECIDE_REENROLL;
}

static bool
csr_good(const struct flow *f)
{
	return enroll_of(f)->csr_refusal == REFUSAL_NONE;
}

/* Nothing of it is worth the work before a window that is closed. */
static bool
csr_good_in_time(const struct flow *f)
{
	return csr_good(f) && !enroll_too_early(f);
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
	return code_given(f) && csr_good(f);
}

static bool
code_right(const struct flow *f)
{
	enum enroll_proof proof = enroll_of(f)->proof;

	return proof == ENROLL_PROVEN || proof == ENROLL_AGAIN;
}

/* What is wrong with the CSR, or with who has shown the code. */
static bool
refusal_kept(const struct flow *f)
{
	const struct enroll *e = enroll_of(f);

	return !csr_good(f) || (e->proof == ENROLL_PROVEN &&
				   e->decision.verdict != DECIDE_ALLOWED);
}

/* ----------------------------------------------------------------- table */

/*
 * First everything that can refuse; then the code is spent, and only for a
 * request that is good and a holder who is entitled; then the issuer. Whoever
 * has not proved a password, where one is needed, does not come behind "check
 * password".
 */
static const struct flow_step steps[] = {
	{ "check media type", NULL, certificate_check_media_type },
	{ "read certificate", NULL, credentials_read_certificate },
	/* PostgreSQL: what is it worth, and what is its profile? */
	{ "find holder", is_renewal, credentials_find_holder },
	{ "read credentials", NULL, credentials_read },
	/* what is wrong with it is told by "tell refusal" */
	{ "read csr", NULL, certificate_read_csr },
	/* auth: R-AUTH-5, I-7, I-15; step 1 ends here: R-CERT-3, R-AUTH-1 */
	{ "check password", secret_sent, credentials_check_password },
	{ "take otp", enroll_has_otp, certificate_take_otp },
	/* policy, R-CERT-3 */
	{ "decide", NULL, certificate_decide },
	/* of the key, over this connection: RFC 7030 3.4, 3.5 */
	{ "prove possession", csr_good_in_time, certificate_prove },
	/* PostgreSQL, S-08 */
	{ "check key", code_given_and_csr_good, certificate_check_key },
	/* auth: I-6 */
	{ "check code", code_given, credentials_check_code },
	{ "tell refusal", refusal_kept, certificate_tell_refusal },
	/* durable, I-1 */
	{ "issue", NULL, certificate_ask_issuer },
	/* auth: R-LOCK-4 */
	{ "clear counters", code_right, credentials_clear_counters },
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
	if (e->key_kind != NULL) {
		log_text(l, "key", e->key_kind);
		log_hex(
		    l, "spki", &e->csr->key_digest, sizeof(e->csr->key_digest));
	}
	if (e->issued)
		log_hex(l, "serial", &e->serial, sizeof(e->serial));
	if (f->refusal == &refusals[REFUSAL_REQUEST] && f->text != NULL)
		log_text(l, "why", f->text);
	if (e->note != NULL)
		log_text(l, "note", e->note);
}

#define ENROLL(name_)                                                          \
	{                                                                      \
		.name = name_, .methods = "POST",                              \
		.state_size = sizeof(struct enroll), .steps = steps,           \
		.leave = credentials_leave, .log = log_enroll                  \
	}

const struct endpoint simpleenroll_endpoint = ENROLL("simpleenroll");
const struct endpoint simplereenroll_endpoint = ENROLL("simplereenroll");
