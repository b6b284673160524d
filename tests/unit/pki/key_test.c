/*
 * Which public keys are one for the ledger (EST-154): those whose private
 * halves one person has.
 */
#include "pki/key.h"

#include "tests/lib/test.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
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
		cmocka_unit_test(what_is_no_key_of_ours_is_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
