/*
 * Which public keys are one for the ledger (EST-154): those whose private
 * halves one person has.
 */
#include "pki/key.h"

#include "base/hex.h"
#include "tests/lib/test.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <string.h>

static unsigned char *
spki_of(const EVP_PKEY *key, struct der *out)
{
	unsigned char *bytes = NULL;
	int len = i2d_PUBKEY(key, &bytes);

	assert_true(len > 0);
	*out = (struct der){ bytes, (size_t)len };
	return bytes;
}

/* Both could come in. */
static bool
one_for_the_ledger(const EVP_PKEY *a, const EVP_PKEY *b)
{
	struct keys_facts facts;
	struct der first, second;
	unsigned char *x = spki_of(a, &first), *y = spki_of(b, &second);
	struct digest one = key_identity(&first), other = key_identity(&second);

	assert_null(key_read(&first, &facts, NULL));
	assert_null(key_read(&second, &facts, NULL));
	assert_false(first.len == second.len && memcmp(x, y, first.len) == 0);
	OPENSSL_free(x);
	OPENSSL_free(y);
	return digest_equal(&one, &other);
}

/* (x, p - y), which 03 or 02 before x says as well. */
static EVP_PKEY *
mirrored(EVP_PKEY *key)
{
	unsigned char point[200];
	size_t len;
	EVP_PKEY *twin = EVP_PKEY_new();

	EVP_PKEY_get_octet_string_param(
	    key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len);
	point[0] = (unsigned char)(2 + !(point[len - 1] & 1));
	assert_true(EVP_PKEY_copy_parameters(twin, key));
	assert_true(EVP_PKEY_set1_encoded_public_key(
			twin, point, 1 + (len - 1) / 2) > 0);
	assert_true(EVP_PKEY_set_utf8_string_param(
	    twin, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed"));
	return twin;
}

static void
EST_154_a_point_and_its_mirror_are_one_key(void **state)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521" };

	(void)state;
	for (size_t i = 0; i < COUNT(curves); i++) {
		EVP_PKEY *key = EVP_EC_gen(curves[i]);
		EVP_PKEY *twin = mirrored(key), *other = EVP_EC_gen(curves[i]);

		assert_true(one_for_the_ledger(key, twin));
		assert_false(one_for_the_ledger(key, other));
		EVP_PKEY_free(key);
		EVP_PKEY_free(twin);
		EVP_PKEY_free(other);
	}
}

static EVP_PKEY *
with_exponent(EVP_PKEY *key, unsigned long e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params;
	EVP_PKEY *made = NULL;
	BIGNUM *n = NULL;

	assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n));
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_ulong(build, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_true(EVP_PKEY_fromdata_init(ctx) > 0);
	assert_true(
	    EVP_PKEY_fromdata(ctx, &made, EVP_PKEY_PUBLIC_KEY, params) > 0);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	return made;
}

static void
EST_154_a_modulus_is_one_key_with_every_exponent(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(2048), *twin = with_exponent(key, 65539);
	EVP_PKEY *other = EVP_RSA_gen(2048);

	(void)state;
	assert_true(one_for_the_ledger(key, twin));
	assert_false(one_for_the_ledger(key, other));
	EVP_PKEY_free(key);
	EVP_PKEY_free(twin);
	EVP_PKEY_free(other);
}

/* The top bit of the last byte is the sign of x (RFC 8032 5.1.2). */
static void
EST_154_ed25519_is_one_key_with_both_signs(void **state)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), *twin;
	unsigned char raw[32];
	size_t len = sizeof(raw);

	(void)state;
	assert_true(EVP_PKEY_get_raw_public_key(key, raw, &len) > 0);
	raw[31] ^= 0x80;
	twin = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, len);
	assert_true(one_for_the_ledger(key, twin));
	EVP_PKEY_free(twin);
	EVP_PKEY_free(key);
}

/* RFC 8410 4. */
static const char *
ed25519_refusal(const unsigned char point[32])
{
	static const unsigned char head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06,
		0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
	unsigned char spki[sizeof(head) + 32];
	struct keys_facts facts;

	memcpy(spki, head, sizeof(head));
	memcpy(spki + sizeof(head), point, 32);
	return key_read(&(struct der){ spki, sizeof(spki) }, &facts, NULL);
}

/*
 * All encodings of the eight points whose order divides 8, those included that
 * have y + p or a sign of no x.
 */
static const char *const small_order[] = {
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
};

/* Nobody holds their private half: anybody signs anything with them. */
static void
S_24_ed25519_points_of_small_order_are_no_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(small_order); i++) {
		unsigned char point[32];

		assert_true(hex_read(point, sizeof(point), small_order[i]));
		assert_non_null(ed25519_refusal(point));
	}
}

/* A key and a point of order 8 together: one private half, eight keys. */
static void
S_24_ed25519_with_torsion_is_no_key(void **state)
{
	unsigned char point[32], other[32], secret[64], order8[32];

	(void)state;
	assert_true(hex_read(order8, sizeof(order8), small_order[10]));
	for (int i = 0; i < 20; i++) {
		crypto_sign_keypair(point, secret);
		assert_null(ed25519_refusal(point));
		assert_int_equal(
		    crypto_core_ed25519_add(other, point, order8), 0);
		assert_non_null(ed25519_refusal(other));
	}
}

/* Our own keys may be of kinds that nobody else gets. */
static void
what_is_no_key_of_ours_is_itself(void **state)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	struct der spki;
	unsigned char *bytes = spki_of(key, &spki);
	struct digest whole = digest_of(bytes, spki.len), part;

	(void)state;
	part = key_identity(&spki);
	assert_true(digest_equal(&part, &whole));
	for (size_t len = 0; len < spki.len; len++) {
		part = key_identity(&(struct der){ bytes, len });
		assert_false(digest_equal(&part, &whole));
	}
	OPENSSL_free(bytes);
	EVP_PKEY_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_154_a_point_and_its_mirror_are_one_key),
		cmocka_unit_test(
		    EST_154_a_modulus_is_one_key_with_every_exponent),
		cmocka_unit_test(EST_154_ed25519_is_one_key_with_both_signs),
		cmocka_unit_test(
		    S_24_ed25519_points_of_small_order_are_no_keys),
		cmocka_unit_test(S_24_ed25519_with_torsion_is_no_key),
		cmocka_unit_test(what_is_no_key_of_ours_is_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
