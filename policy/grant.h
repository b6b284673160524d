/*
 * grant - what auth gives for a right password and code, and the issuer acts
 * by; and the receipt that the issuer gives for it, for which alone auth
 * clears counters.
 *
 * Both pass through a front, which can make neither: they are keyed digests
 * over all that they are about, by a key that auth and issuer of an instance
 * have from their parent, new at each of its starts. Whoever loses one shows
 * password, code and CSR once more, and gets the same certificate (I-6).
 */
#ifndef POLICY_GRANT_H
#define POLICY_GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/serial.h"
#include "policy/decide.h"

#define GRANT_CODE_ID_SIZE 16
/* As secret_give() knows it: the parent makes it, and it has no file. */
#define GRANT_KEY "grant key"
#define GRANT_LIFE_US 10000000 /* from code to issuer */

enum grant_act {
	GRANT_CERTIFICATE = 1, /* enroll or re-enroll, as the operation says */
};

/* What it is for. Both ends fill it in from what they know themselves. */
struct grant_subject {
	enum grant_act act;
	int64_t account;
	enum decide_operation operation;
	const char *profile;
	struct serial presented; /* zero: none */
	struct digest key;	 /* of the SubjectPublicKeyInfo */
	struct digest csr;
};

struct grant {
	unsigned char code_id[GRANT_CODE_ID_SIZE];
	int64_t end_us; /* by clock_mono_us(), which all processes share */
	struct digest mac;
};

/* For that subject and that code, from `now_us` on for GRANT_LIFE_US. */
struct grant grant_make(const struct secret_key *, const struct grant_subject *,
    const unsigned char code_id[GRANT_CODE_ID_SIZE], int64_t now_us);
/* Also false when it is too old, or its end is further away than any. */
bool grant_holds(const struct secret_key *, const struct grant_subject *,
    const struct grant *, int64_t now_us);

/* The certificate with this serial was recorded for that grant. */
struct digest grant_receipt(const struct secret_key *, const struct grant *,
    const struct serial *issued);
bool grant_receipt_holds(const struct secret_key *, const struct grant *,
    const struct serial *issued, const struct digest *receipt);

#endif
