/*
 * The quick check of our own signatures says what OpenSSL says of each: a good
 * one that it refused would halt the issuer, a bad one that it took would be
 * handed out (F-80).
 */
#include "pki/own_signature.h"

#include "tests/lib/test.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#define SIGNATURE_MAX 128

static EVP_PKEY *key, *other;
static struct own_signature *own;
static unsigned char digest[OWN_SIGNATURE_DIGEST];

static int
begin(void **state)
{
	(void)state;
	key = EVP_EC_gen("P-256");
	other = EVP_EC_gen("P-256");
	own = own_signature_new(key);
	return key == NULL || other == NULL || own == NULL;
}

static int
end(void **state)
{
	(void)state;
	own_signature_free(own);
	EVP_PKEY_free(other);
	EVP_PKEY_free(key);
	return 0;
}

static size_t
sign(EVP_PKEY *with, unsigned char *signature)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(with, NULL);
	size_t len = SIGNATURE_MAX;

	assert_true(EVP_PKEY_sign_init(ctx) > 0);
	assert_true(
	    EVP_PKEY_sign(ctx, signature, &len, digest, sizeof(digest)) > 0);
	EVP_PKEY_CTX_free(ctx);
	return len;
}

static bool
openssl_says(const unsigned char *signature, size_t len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool good;

	assert_true(EVP_PKEY_verify_init(ctx) > 0);
	good =
	    EVP_PKEY_verify(ctx, signature, len, digest, sizeof(digest)) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

static void
expect(bool good, const unsigned char *signature, size_t len)
{
	assert_int_equal(openssl_says(signature, len), good);
	assert_int_equal(own_signature_good(own, digest, signature, len), good);
}

static void
ours_are_good_and_anothers_are_not(void **state)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t len;

	(void)state;
	for (int i = 0; i < 200; i++) {
		memset(digest, i, sizeof(digest)); /* 0 and 0xff.. too */
		len = sign(key, signature);
		expect(true, signature, len);
		digest[i % sizeof(digest)] ^= 1;
		expect(false, signature, len);
		len = sign(other, signature);
		expect(false, signature, len);
	}
	memset(digest, 0xff, sizeof(digest)); /* more than the order */
	len = sign(key, signature);
	expect(true, signature, len);
}

static void
each_bit_of_one_counts(void **state)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t len = sign(key, signature);

	(void)state;
	for (size_t bit = 0; bit < len * 8; bit++) {
		signature[bit / 8] ^= (unsigned char)(1u << bit % 8);
		expect(false, signature, len);
		signature[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	for (size_t shorter = 0; shorter < len; shorter++)
		expect(false, signature, shorter);
	signature[len] = 0;
	expect(false, signature, len + 1);
	expect(true, signature, len);
}

/* Numbers that are the same modulo the order, or have no inverse. */
enum number {
	AS_IT_IS,
	ZERO,
	NEGATED,   /* the order less it */
	TOO_LARGE, /* it and the order */
	ORDER
};

static void
put(BIGNUM *n, enum number how)
{
	EC_GROUP *curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	const BIGNUM *order = EC_GROUP_get0_order(curve);

	if (how == ZERO)
		BN_zero(n);
	else if (how == ORDER)
		assert_non_null(BN_copy(n, order));
	else if (how == TOO_LARGE)
		assert_true(BN_add(n, n, order));
	else if (how == NEGATED)
		assert_true(BN_sub(n, order, n));
	EC_GROUP_free(curve);
}

static void
numbers_are_those_below_the_order(void **state)
{
	static const struct {
		enum number r, s;
		bool good;
	} rows[] = {
		{ AS_IT_IS, AS_IT_IS, true }, { ZERO, AS_IT_IS, false },
		{ AS_IT_IS, ZERO, false }, { ZERO, ZERO, false },
		{ ORDER, AS_IT_IS, false }, { AS_IT_IS, ORDER, false },
		{ TOO_LARGE, AS_IT_IS, false }, { AS_IT_IS, TOO_LARGE, false },
		{ NEGATED, AS_IT_IS, false },
		{ AS_IT_IS, NEGATED, true }, /* ECDSA has two of each */
	};
	unsigned char signature[SIGNATURE_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = sign(key, signature);
		const unsigned char *from = signature;
		ECDSA_SIG *was = d2i_ECDSA_SIG(NULL, &from, (long)len);
		ECDSA_SIG *is = ECDSA_SIG_new();
		BIGNUM *r = BN_dup(ECDSA_SIG_get0_r(was));
		BIGNUM *s = BN_dup(ECDSA_SIG_get0_s(was));
		unsigned char *to = signature;

		put(r, rows[i].r);
		put(s, rows[i].s);
		assert_true(ECDSA_SIG_set0(is, r, s));
		len = (size_t)i2d_ECDSA_SIG(is, &to);
		assert_true(len <= sizeof(signature));
		expect(rows[i].good, signature, len);
		ECDSA_SIG_free(is);
		ECDSA_SIG_free(was);
	}
}

static void
other_keys_have_none(void **state)
{
	EVP_PKEY *keys[] = { EVP_EC_gen("P-384"),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), EVP_RSA_gen(2048) };

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_null(own_signature_new(keys[i]));
		EVP_PKEY_free(keys[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_are_good_and_anothers_are_not),
		cmocka_unit_test(each_bit_of_one_counts),
		cmocka_unit_test(numbers_are_those_below_the_order),
		cmocka_unit_test(other_keys_have_none),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
