/*
 * An EC key is made by copying one that has the curve's parameters only and
 * setting its point: 6 us for P-256, where d2i_PUBKEY() takes 160 us and
 * EVP_PKEY_fromdata() 20 us.
 */
#include "pki/key.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <pthread.h>
#include <string.h>

#define POINT_UNCOMPRESSED 0x04
#define ED25519_SIZE 32

/* No profile goes outside of these; one has narrower bounds of its own. */
static const struct keys_rule any_profile = {
	.kinds = KEYS_RSA | KEYS_P256 | KEYS_P384 | KEYS_P521 | KEYS_ED25519,
	.rsa_min_bits = 2048,
	.rsa_max_bits = 8192,
};

static const char bad_form[] =
    "The public key is not a well-formed SubjectPublicKeyInfo.";
static const char bad_kind[] =
    "Public keys of this type are not accepted; use RSA, P-256, P-384, P-521 "
    "or Ed25519.";
static const char bad_curve[] =
    "The EC key must name its curve: P-256, P-384 or P-521.";
static const char bad_point[] =
    "The EC public key must be an uncompressed point on its curve.";
static const char bad_number[] =
    "The RSA public key must be two positive numbers.";
static const char bad_parameters[] =
    "The parameters of the public key's algorithm are wrong.";
static const char no_library[] = "The public key cannot be used.";

/* -------------------------------------------------------------- curves */

struct curve {
	enum keys_kind kind;
	const char *group;
	unsigned char oid[9];
	size_t oid_len;
	size_t size; /* bytes of a coordinate */
};

static const struct curve curves[] = {
	{ KEYS_P256, "P-256",
	    { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 }, 8, 32 },
	{ KEYS_P384, "P-384", { 0x2b, 0x81, 0x04, 0x00, 0x22 }, 5, 48 },
	{ KEYS_P521, "P-521", { 0x2b, 0x81, 0x04, 0x00, 0x23 }, 5, 66 },
};
#define CURVES (sizeof(curves) / sizeof(curves[0]))

/* Made once, then only read. */
static EVP_PKEY *curve_parameters[CURVES];
static EVP_MD *sha256, *sha384, *sha512;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static EVP_PKEY *
make_parameters(const char *group)
{
	char name[16];
	OSSL_PARAM params[2];
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key = NULL;
	size_t len = strlen(group);

	assert(len < sizeof(name));
	memcpy(name, group, len + 1);
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
	params[1] = OSSL_PARAM_construct_end();
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void
open_library(void)
{
	for (size_t i = 0; i < CURVES; i++) {
		curve_parameters[i] = make_parameters(curves[i].group);
		assert(curve_parameters[i] != NULL);
	}
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	sha384 = EVP_MD_fetch(NULL, "SHA384", NULL);
	sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
	assert(sha256 != NULL && sha384 != NULL && sha512 != NULL);
}

const EVP_MD *
key_sha256(void)
{
	pthread_once(&once, open_library);
	return sha256;
}

const EVP_MD *
key_sha384(void)
{
	pthread_once(&once, open_library);
	return sha384;
}

const EVP_MD *
key_sha512(void)
{
	pthread_once(&once, open_library);
	return sha512;
}

/* ------------------------------------------------------------ the kinds */

/* The point is checked by OpenSSL: both coordinates below p, on the curve. */
static const char *
read_ec(struct der *parameters, const struct der *bits,
    struct keys_facts *facts, EVP_PKEY **key)
{
	struct der oid;
	size_t i;

	if (!der_take_oid(parameters, &oid) || !der_empty(parameters))
		return bad_curve;
	for (i = 0; i < CURVES; i++) {
		if (der_equal(&oid, curves[i].oid, curves[i].oid_len))
			break;
	}
	if (i == CURVES)
		return bad_curve;
	facts->kind = curves[i].kind;
	if (bits->len != 1 + 2 * curves[i].size ||
	    bits->at[0] != POINT_UNCOMPRESSED)
		return bad_point;
	pthread_once(&once, open_library);
	*key = EVP_PKEY_dup(curve_parameters[i]);
	if (*key == NULL)
		return no_library;
	if (EVP_PKEY_set1_encoded_public_key(*key, bits->at, bits->len) <= 0)
		return bad_point;
	return NULL;
}

/* Bits in a positive INTEGER. */
static unsigned
bits_of(const struct der *n)
{
	size_t skip = n->at[0] == 0 ? 1 : 0;
	unsigned bits = (unsigned)(n->len - skip) * 8;
	unsigned char first;

	if (n->len == skip)
		return 0;
	for (first = n->at[skip]; (first & 0x80) == 0; first <<= 1)
		bits--;
	return bits;
}

static EVP_PKEY *
make_rsa(const struct der *n, const struct der *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *modulus = BN_bin2bn(n->at, (int)n->len, NULL);
	BIGNUM *exponent = BN_bin2bn(e->at, (int)e->len, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (ctx == NULL || build == NULL || modulus == NULL ||
	    exponent == NULL ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent))
		goto out;
	params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
out:
	OSSL_PARAM_free(params);
	BN_free(exponent);
	BN_free(modulus);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static bool
positive(const struct der *n)
{
	return (n->at[0] & 0x80) == 0;
}

/* Sizes are judged on the bytes, before any mathematics (S-03). */
static const char *
read_rsa(struct der *parameters, const struct der *bits,
    struct keys_facts *facts, EVP_PKEY **key)
{
	struct der rest = *bits, numbers, n, e, nothing;
	enum keys_verdict verdict;

	facts->kind = KEYS_RSA;
	if (!der_take(parameters, DER_NULL, &nothing) || !der_empty(&nothing) ||
	    !der_empty(parameters))
		return bad_parameters;
	if (!der_take(&rest, DER_SEQUENCE, &numbers) || !der_empty(&rest) ||
	    !der_take_integer(&numbers, &n) ||
	    !der_take_integer(&numbers, &e) || !der_empty(&numbers) ||
	    !positive(&n) || !positive(&e))
		return bad_number;
	facts->rsa_bits = bits_of(&n);
	facts->rsa_modulus_even = (n.at[n.len - 1] & 1) == 0;
	facts->rsa_exponent_good = keys_exponent_good(e.at, e.len);
	verdict = keys_judge(&any_profile, facts);
	if (verdict == KEYS_GOOD) {
		if (!key_rsa_weaknesses(&n, facts))
			return no_library;
		verdict = keys_judge(&any_profile, facts);
	}
	if (verdict != KEYS_GOOD)
		return keys_reason(verdict);
	*key = make_rsa(&n, &e);
	return *key == NULL ? no_library : NULL;
}

static const char *
read_ed25519(struct der *parameters, const struct der *bits,
    struct keys_facts *facts, EVP_PKEY **key)
{
	facts->kind = KEYS_ED25519;
	if (!der_empty(parameters))
		return bad_parameters;
	if (bits->len != ED25519_SIZE)
		return bad_form;
	*key = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, bits->at, bits->len);
	return *key == NULL ? no_library : NULL;
}

struct type {
	unsigned char oid[9];
	size_t oid_len;
	const char *(*read)(struct der *parameters, const struct der *bits,
	    struct keys_facts *facts, EVP_PKEY **key);
};

static const struct type types[] = {
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 }, 7, read_ec },
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 }, 9,
	    read_rsa },
	{ { 0x2b, 0x65, 0x70 }, 3, read_ed25519 },
};

const char *
key_read(const struct der *spki, struct keys_facts *facts, EVP_PKEY **key)
{
	struct der rest = *spki, info, algorithm, oid, bits;
	EVP_PKEY *made = NULL;
	const char *reason = bad_kind;

	memset(facts, 0, sizeof(*facts));
	if (!der_take(&rest, DER_SEQUENCE, &info) || !der_empty(&rest) ||
	    !der_take(&info, DER_SEQUENCE, &algorithm) ||
	    !der_take_oid(&algorithm, &oid) || !der_take_bits(&info, &bits) ||
	    !der_empty(&info))
		return bad_form;
	ERR_clear_error();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!der_equal(&oid, types[i].oid, types[i].oid_len))
			continue;
		reason = types[i].read(&algorithm, &bits, facts, &made);
		break;
	}
	ERR_clear_error();
	if (reason == NULL && key != NULL)
		*key = made;
	else
		EVP_PKEY_free(made);
	return reason;
}
