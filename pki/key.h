/*
 * key - a public key, from its SubjectPublicKeyInfo, without OpenSSL's
 * decoder; what is weak about it; and the check of a signature with it.
 *
 * Shared by pki/csr.c (the proof of possession) and the issuer. Reasons are
 * one sentence for the client; NULL means good. Thread-safe.
 */
#ifndef PKI_KEY_H
#define PKI_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/digest.h"
#include "base/must.h"
#include "pki/der.h"
#include "pki/oid.h"
#include "policy/keys.h"

/*
 * Fills `facts`, and makes `*key` (the caller's) if `key` is not NULL.
 * Refuses what no profile may take: unknown types and curves, points that are
 * not on their curve, Ed25519 of small order, RSA under 2048 bits or so large
 * that the mathematics would be an attack, and weak RSA (EST-153, EST-154).
 */
MUST_CHECK const char *key_read(
    const struct der *spki, struct keys_facts *facts, EVP_PKEY **key);

/*
 * The reason, here and in key_prove(), that nobody is to blame for: compare the
 * pointer. And whether OpenSSL has said just now that it is so.
 */
extern const char key_no_memory[];
bool key_short_of_memory(void);
/* The reason for an EC key that names no curve, or none of ours. */
extern const char key_bad_curve[];

/*
 * The same for a key and for those that come with it: who knows the private
 * half of (x, y) knows that of (x, p - y), and who has factored a modulus
 * signs with every exponent (EST-154). SHA-256 of x, of the modulus, of
 * Ed25519's y; of all of it where it is no key that key_read() takes.
 */
struct digest key_identity(const struct der *spki);

/* What is weak about an RSA modulus, given big-endian. False: no memory. */
MUST_CHECK bool key_rsa_weaknesses(
    const struct der *modulus, struct keys_facts *facts);
/* A prime modulus: 1.5 ms for 2048 bits, 12 ms for 4096, so that it is asked
 * last (S-04). */
MUST_CHECK bool key_rsa_prime(const struct der *modulus);

/* The modulus of an RSA key; false if it is of another kind, or none. */
MUST_CHECK bool key_modulus(const struct der *spki, struct der *modulus);

/*
 * Does `signature` over `signed_bytes` verify? `algorithm` is the content of
 * an AlgorithmIdentifier; it must be one of EST-152 and fit the key.
 */
struct key_proof {
	EVP_PKEY *key;
	enum keys_kind kind;
	struct der algorithm;
	struct der signed_bytes;
	struct der signature;
};
MUST_CHECK const char *key_prove(const struct key_proof *);

/* What belongs to a kind of key; in the order in which we advise them. */
struct key_form {
	enum keys_kind kind;
	const char *word;   /* for the log */
	enum oid type;	    /* of the algorithm in its SubjectPublicKeyInfo */
	enum oid curve;	    /* its parameter; OID_OTHER: it has none */
	const char *group;  /* the curve, as OpenSSL names it */
	size_t coordinate;  /* bytes of one of the curve's */
	enum oid signature; /* what such a CA signs with, and others are told */
	enum oid hash;	    /* of it; OID_OTHER: it signs bytes */
};
#define KEY_FORMS 5
extern const struct key_form key_forms[KEY_FORMS];
const struct key_form *key_form(enum keys_kind);
/* NULL: none of ours. */
const struct key_form *key_form_of_curve(enum oid);
/* As long as an uncompressed point on its curve, and begins like one. */
bool key_form_fits(const struct key_form *, const struct der *point);

#endif
