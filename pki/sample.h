/*
 * sample - a certificate as a profile would give it, made before anybody asks
 * for one: of a key that is thrown away at once, and signed by nobody, so
 * that it is worth nothing and the ledger owes it no row (I-1).
 *
 * It is looked at on two ways: by tbs_check(), as each certificate is before it
 * is recorded, and by OpenSSL's path validation in its strict form (RFC 5280
 * 6), from the sample up to the root and for what the profile says it is good
 * for. So what only the two of them together show is told at the start: an
 * issuing CA that may not issue for clients, a path length, a name constraint.
 *
 * Waits: for a key; some ten milliseconds where the profile takes RSA alone.
 */
#ifndef PKI_SAMPLE_H
#define PKI_SAMPLE_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/must.h"
#include "pki/ca.h"
#include "policy/facts.h"
#include "policy/profile.h"

struct sample {
	struct buf certificate; /* DER */
	time_t not_before, not_after;
	char subject[512]; /* RFC 4514 text, escaped */
};

/*
 * Issued at `now`, for that account; NULL: for somebody made up. Of the account
 * the role is not looked at. False and a reason, before which the profile's
 * name is to be put; there is nothing to free then.
 */
MUST_CHECK bool sample_make(const struct ca *, const struct config_ca *urls,
    const struct profile *, const struct facts_account *, time_t now,
    struct sample *, struct fault *why);
void sample_free(struct sample *);

/* For people, as `openssl x509 -text`; without key and signature, which say
 * nothing. False: it cannot be written. */
MUST_CHECK bool sample_print(const struct sample *, FILE *out);

#endif
