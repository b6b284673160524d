/*
 * Signature algorithms of EST-152. RFC 4055 (RSA), 5758 (ECDSA), 8410
 * (Ed25519).
 */
#include "pki/key.h"

#include "pki/ec_key.h"
#include "pki/hash.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

static const char refused[] =
    "This signature algorithm is not accepted; use SHA-256, SHA-384 or "
    "SHA-512 with RSA or ECDSA, or Ed25519.";
static const char other_key[] =
    "The signature algorithm does not fit the public key.";
static const char bad_parameters[] =
    "The parameters of the signature algorithm are wrong.";
static const char bad_pss[] =
    "RSASSA-PSS is accepted with SHA-256, SHA-384 or SHA-512, MGF1 with the "
    "same, and a salt of 32 bytes or more.";
static const char not_verified[] =
    "The signature of the request does not verify with its public key.";

#define PSS_SALT_MIN 32
#define PSS_SALT_MAX 1024 /* one that does not fit does not verify */

enum scheme {
	SCHEME_PKCS1,
	SCHEME_PSS,
	SCHEME_ECDSA,
	SCHEME_ED25519,
};

struct algorithm {
	enum oid oid;
	enum scheme scheme;
	unsigned kinds; /* of keys, enum keys_kind or-ed */
	enum oid digest;
};

#define EC_KEYS (KEYS_P256 | KEYS_P384 | KEYS_P521)

static const struct algorithm algorithms[] = {
	{ OID_ECDSA_SHA256, SCHEME_ECDSA, EC_KEYS, OID_SHA256 },
	{ OID_ECDSA_SHA384, SCHEME_ECDSA, EC_KEYS, OID_SHA384 },
	{ OID_ECDSA_SHA512, SCHEME_ECDSA, EC_KEYS, OID_SHA512 },
	{ OID_RSA_SHA256, SCHEME_PKCS1, KEYS_RSA, OID_SHA256 },
	{ OID_RSA_SHA384, SCHEME_PKCS1, KEYS_RSA, OID_SHA384 },
	{ OID_RSA_SHA512, SCHEME_PKCS1, KEYS_RSA, OID_SHA512 },
	{ OID_RSA_PSS, SCHEME_PSS, KEYS_RSA, OID_OTHER },
	{ OID_ED25519, SCHEME_ED25519, KEYS_ED25519, OID_OTHER },
};

/*
 * Parameters of an algorithm that has none. Absent and NULL are the same, of
 * whatever standard which of them is to be written: RFC 4055 5 has readers
 * take both for RSA (C-01), and for ECDSA NULL is written, too (C-02).
 */
static bool
says_nothing(struct der parameters)
{
	struct der nothing;

	return der_empty(&parameters) ||
	       (der_take(&parameters, DER_NULL, &nothing) &&
		   der_empty(&nothing) && der_empty(&parameters));
}

/* ------------------------------------------------------------------ PSS */

struct pss {
	const EVP_MD *digest;
	int64_t salt;
};

/* SHA-2 by its OID (RFC 4055 2.1). */
static const EVP_MD *
hash_of(struct der identifier)
{
	enum oid oid;

	if (!oid_take(&identifier, &oid) || !says_nothing(identifier))
		return NULL;
	return hash_by_oid(oid);
}

/* [n] EXPLICIT AlgorithmIdentifier; gives its content. */
static bool
take_identifier(struct der *from, int n, struct der *identifier)
{
	struct der explicit;

	return der_take(from, DER_CONTEXT_SET(n), &explicit) &&
	       der_take(&explicit, DER_SEQUENCE, identifier) &&
	       der_empty(&explicit);
}

/* The trailer has one value, the default, which some write out (C-07). */
static bool
trailer_good(struct der *rest)
{
	struct der trailer;
	int64_t field;

	return der_empty(rest) ||
	       (der_take(rest, DER_CONTEXT_SET(3), &trailer) &&
		   der_empty(rest) && der_take_small(&trailer, &field) &&
		   der_empty(&trailer) && field == 1);
}

/*
 * RSASSA-PSS-params (RFC 4055 3.1). What may be left out then means SHA-1,
 * MGF1 with SHA-1 or a salt of 20 bytes, all refused.
 */
static bool
read_pss(struct der parameters, struct pss *pss)
{
	struct der all, hash, mask, mask_hash, salt;
	enum oid oid;

	if (!der_take(&parameters, DER_SEQUENCE, &all) ||
	    !der_empty(&parameters))
		return false;
	if (!take_identifier(&all, 0, &hash) ||
	    !take_identifier(&all, 1, &mask) ||
	    !der_take(&all, DER_CONTEXT_SET(2), &salt) || !trailer_good(&all))
		return false;
	if (!oid_take(&mask, &oid) || oid != OID_MGF1 ||
	    !der_take(&mask, DER_SEQUENCE, &mask_hash) || !der_empty(&mask))
		return false;
	pss->digest = hash_of(hash);
	if (pss->digest == NULL || hash_of(mask_hash) != pss->digest)
		return false;
	return der_take_small(&salt, &pss->salt) && der_empty(&salt) &&
	       pss->salt >= PSS_SALT_MIN && pss->salt <= PSS_SALT_MAX;
}

/* ----------------------------------------------------------------- check */

enum outcome {
	VERIFIED,
	NOT_VERIFIED,
	NO_MEMORY,
	OUTCOMES
};

static const char *const reasons[OUTCOMES] = {
	[NOT_VERIFIED] = not_verified,
	[NO_MEMORY] = key_no_memory,
};

static bool
set_padding(EVP_PKEY_CTX *ctx, enum scheme scheme, const struct pss *pss)
{
	if (EVP_PKEY_CTX_set_signature_md(ctx, pss->digest) <= 0)
		return false;
	if (scheme == SCHEME_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, pss->digest) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)pss->salt) > 0;
}

/* ECDSA-Sig-Value (RFC 3279 2.2.3): OpenSSL refuses others without a word. */
static bool
two_numbers(struct der signature)
{
	struct der all, r, s;

	return der_take(&signature, DER_SEQUENCE, &all) &&
	       der_empty(&signature) && der_take_integer(&all, &r) &&
	       der_take_integer(&all, &s) && der_empty(&all);
}

/*
 * What OpenSSL says of a signature: below zero it could not look at it, and
 * where it does not say why there was no memory.
 */
static enum outcome
outcome_of(int said)
{
	if (said == 1)
		return VERIFIED;
	return (said < 0 && ERR_peek_error() == 0) || key_short_of_memory()
		   ? NO_MEMORY
		   : NOT_VERIFIED;
}

static enum outcome
verify_rsa(const struct key_proof *p, enum scheme scheme, const struct pss *pss,
    const unsigned char *digest, size_t digest_len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(p->key, NULL);
	enum outcome outcome = NO_MEMORY;

	if (ctx != NULL && EVP_PKEY_verify_init(ctx) > 0 &&
	    set_padding(ctx, scheme, pss))
		outcome = outcome_of(EVP_PKEY_verify(ctx, p->signature.at,
		    p->signature.len, digest, digest_len));
	EVP_PKEY_CTX_free(ctx);
	return outcome;
}

/* The digest apart from the signature: 2 us less than EVP_DigestVerify. */
static enum outcome
verify(const struct key_proof *p, enum scheme scheme, const struct pss *pss)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	if (scheme == SCHEME_ECDSA && !two_numbers(p->signature))
		return NOT_VERIFIED;
	if (!EVP_Digest(p->signed_bytes.at, p->signed_bytes.len, digest, &len,
		pss->digest, NULL))
		return NO_MEMORY;
	if (scheme != SCHEME_ECDSA)
		return verify_rsa(p, scheme, pss, digest, len);
	return outcome_of(ec_key_verify(p->key, digest, len, p->signature));
}

static enum outcome
verify_ed25519(const struct key_proof *p)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum outcome outcome = NO_MEMORY;

	if (ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, p->key) > 0)
		outcome = outcome_of(EVP_DigestVerify(ctx, p->signature.at,
		    p->signature.len, p->signed_bytes.at, p->signed_bytes.len));
	EVP_MD_CTX_free(ctx);
	return outcome;
}

static const struct algorithm *
find(enum oid oid)
{
	size_t count = sizeof(algorithms) / sizeof(algorithms[0]);

	for (size_t i = 0; i < count; i++) {
		if (algorithms[i].oid == oid)
			return &algorithms[i];
	}
	return NULL;
}

const char *
key_prove(const struct key_proof *p)
{
	struct der rest = p->algorithm;
	enum oid oid;
	const struct algorithm *a;
	struct pss pss = { NULL, 0 };
	enum outcome outcome;

	if (!oid_take(&rest, &oid) || (a = find(oid)) == NULL)
		return refused;
	if ((a->kinds & (unsigned)p->kind) == 0)
		return other_key;
	pss.digest = hash_by_oid(a->digest);
	switch (a->scheme) {
	case SCHEME_PSS:
		if (!read_pss(rest, &pss))
			return bad_pss;
		break;
	case SCHEME_PKCS1:
	case SCHEME_ECDSA:
		if (!says_nothing(rest))
			return bad_parameters;
		break;
	case SCHEME_ED25519: /* RFC 8410 3: absent, and nobody writes NULL */
		if (!der_empty(&rest))
			return bad_parameters;
		break;
	}
	ERR_clear_error();
	outcome = a->scheme == SCHEME_ED25519 ? verify_ed25519(p)
					      : verify(p, a->scheme, &pss);
	ERR_clear_error();
	return reasons[outcome];
}
