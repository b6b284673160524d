/*
 * keys - which public keys are good enough. Pure: the caller (pki/csr) takes
 * the key apart and does what needs big numbers and curves; here is the
 * judgement.
 */
#ifndef POLICY_KEYS_H
#define POLICY_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

enum keys_kind {
	KEYS_RSA = 1 << 0,
	KEYS_P256 = 1 << 1,
	KEYS_P384 = 1 << 2,
	KEYS_P521 = 1 << 3,
	KEYS_ED25519 = 1 << 4,
};

struct keys_rule {
	unsigned kinds;	       /* enum keys_kind, or-ed */
	unsigned rsa_min_bits; /* 2048 */
	unsigned rsa_max_bits; /* 4096 */
};

/* What was found in the key; the weaknesses only for RSA. */
struct keys_facts {
	enum keys_kind kind;
	unsigned rsa_bits; /* of the modulus */
	bool rsa_modulus_even;
	bool rsa_exponent_good; /* keys_exponent_good() */
	bool rsa_small_factor;	/* below 752 */
	bool rsa_close_primes;	/* found in 100 Fermat rounds */
	bool rsa_roca;		/* shape of CVE-2017-15361 */
};

enum keys_verdict {
	KEYS_GOOD,
	KEYS_KIND_REFUSED,
	KEYS_SIZE_REFUSED,
	KEYS_EXPONENT_REFUSED,
	KEYS_WEAK,
};

/*
 * The rule for the exponent of an RSA key, wherever one comes in (EST-153,
 * S-04): odd, 65537 or more, and of 64 bits at most, because with a giant one
 * each check of a signature is an attack. Big-endian; zeros may lead it.
 */
#define KEYS_EXPONENT_BITS_MAX 64
bool keys_exponent_good(const unsigned char *e, size_t len);

/* RSA sizes are taken in steps of 8 bits: 2049 is refused (S-03). */
MUST_CHECK enum keys_verdict keys_judge(
    const struct keys_rule *, const struct keys_facts *);

/* One sentence for the client, without the newline. */
const char *keys_reason(enum keys_verdict);

/* "P-256, RSA of 2048 to 4096 bits or Ed25519": what the rule takes (C-11). */
#define KEYS_ADVICE_SIZE 80
void keys_advice(const struct keys_rule *, char out[KEYS_ADVICE_SIZE]);

/*
 * What is made for people, in their browsers or for those that make none: RSA
 * where the rule allows it, since not every place where people keep
 * certificates takes another kind, and the smallest. The name is what pages
 * call it.
 */
enum keys_people {
	KEYS_PEOPLE_RSA_2048,
	KEYS_PEOPLE_RSA_3072,
	KEYS_PEOPLE_RSA_4096,
	KEYS_PEOPLE_P256,
	KEYS_PEOPLE_P384,
	KEYS_PEOPLE, /* how many there are */
};
enum keys_people keys_for_people(const struct keys_rule *);
const char *keys_people_name(enum keys_people);

#endif
