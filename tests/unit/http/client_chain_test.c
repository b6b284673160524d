#include "http/client_chain.h"

#include "pki/der.h"
#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS = 200000
};

static unsigned char *der;
static size_t der_len;
static unsigned char message[16384];
static const struct client_chain_limits limits = { 4096, 4096 };

static int
set_up(void **state)
{
	struct authority who = { .name = "who" };

	(void)state;
	authority_make(&who);
	der_len = (size_t)i2d_X509(who.certificate, &der);
	authority_free(&who);
	srand(1);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	OPENSSL_free(der);
	return 0;
}

static size_t
put_length(size_t at, size_t value)
{
	message[at] = (unsigned char)(value >> 16);
	message[at + 1] = (unsigned char)(value >> 8);
	message[at + 2] = (unsigned char)value;
	return at + 3;
}

/* A message of `count` certificates; its length. */
static size_t
make(unsigned count, bool tls13)
{
	size_t list = tls13 ? 1 : 0, at = list + 3;

	message[0] = 0; /* no context */
	for (unsigned i = 0; i < count; i++) {
		at = put_length(at, der_len);
		memcpy(message + at, der, der_len);
		at += der_len;
		if (tls13) {
			message[at++] = 0; /* no extensions */
			message[at++] = 0;
		}
	}
	put_length(list, at - list - 3);
	return at;
}

static void
L_06_three_certificates_are_good_and_a_fourth_is_not(void **state)
{
	(void)state;
	for (int tls13 = 0; tls13 < 2; tls13++)
		for (unsigned count = 0; count < 6; count++)
			assert_true(
			    client_chain_good(message, make(count, tls13),
				tls13, &limits) == (count <= 3));
}

static size_t
bytes_for(unsigned kinds, unsigned rsa_bits, unsigned issuer_bits)
{
	const struct profile profile = { .keys = { .kinds = kinds,
					     .rsa_max_bits = rsa_bits } };

	return client_chain_limits(&profile, 1, issuer_bits).bytes;
}

static void
L_06_a_chain_has_as_many_bytes_as_the_profiles_need(void **state)
{
	const struct profile both[] = { profile_person(), profile_device() };

	(void)state;
	assert_int_equal(bytes_for(KEYS_P256 | KEYS_ED25519, 4096, 0), 4096);
	assert_int_equal(bytes_for(KEYS_P256 | KEYS_RSA, 2048, 0), 4096);
	assert_int_equal(bytes_for(KEYS_P256 | KEYS_RSA, 3072, 0), 6144);
	assert_int_equal(bytes_for(KEYS_RSA, 4096, 0), 8192);
	assert_int_equal(bytes_for(KEYS_RSA, 8192, 0), 16384);
	assert_int_equal(bytes_for(KEYS_P256, 0, 4096), 8192);
	assert_int_equal(client_chain_limits(both, 2, 2048).bytes, 8192);
	assert_int_equal(client_chain_limits(NULL, 0, 0).bytes, 4096);
}

/* In memory of its own size, where a sanitizer sees a look behind it. */
static bool
judge(size_t len, bool tls13)
{
	unsigned char *own = malloc(len > 0 ? len : 1);
	bool good;

	assert_non_null(own);
	memcpy(own, message, len);
	good = client_chain_good(own, len, tls13, &limits);
	free(own);
	return good;
}

static void
L_06_a_message_that_is_cut_is_refused(void **state)
{
	(void)state;
	for (int tls13 = 0; tls13 < 2; tls13++) {
		size_t len = make(2, tls13);

		while (len-- > 0)
			assert_false(judge(len, tls13));
	}
}

static void
L_06_any_bytes_have_a_verdict(void **state)
{
	unsigned count[2] = { 0 };

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		bool tls13 = rand() % 2 == 0;
		size_t len = make(1 + (unsigned)rand() % 4, tls13);

		for (int n = rand() % 4; n > 0; n--)
			message[(size_t)rand() % len] = (unsigned char)rand();
		count[judge(len, tls13)]++;
	}
	assert_true(count[0] > ROUNDS / 10 && count[1] > ROUNDS / 10);
}

/* ------------------------------------------------------------------ keys */

/* What the verdict looks at: a key, and what stands in front of it. */
static void
put_certificate(struct buf *b, const void *spki, size_t len)
{
	size_t whole = der_open(b, DER_SEQUENCE);
	size_t tbs = der_open(b, DER_SEQUENCE);

	der_small(b, 1);
	for (int i = 0; i < 4; i++) /* algorithm, issuer, dates, subject */
		der_put(b, DER_SEQUENCE, "", 0);
	der_raw(b, spki, len);
	der_close(b, tbs);
	der_close(b, whole);
}

static bool
is_decoded(const void *spki, size_t len)
{
	unsigned char *before = der;
	size_t before_len = der_len;
	struct buf b;
	bool good[2];

	buf_init(&b, sizeof(message));
	put_certificate(&b, spki, len);
	assert_true(buf_ok(&b));
	der = (unsigned char *)b.at;
	der_len = b.used;
	for (int tls13 = 0; tls13 < 2; tls13++)
		good[tls13] =
		    client_chain_good(message, make(1, tls13), tls13, &limits);
	der = before;
	der_len = before_len;
	buf_free(&b);
	assert_int_equal(good[0], good[1]);
	return good[0];
}

static bool
is_key_decoded(EVP_PKEY *key)
{
	unsigned char *spki = NULL;
	int len = i2d_PUBKEY(key, &spki);
	bool decoded;

	assert_true(len > 0);
	decoded = is_decoded(spki, (size_t)len);
	OPENSSL_free(spki);
	EVP_PKEY_free(key);
	return decoded;
}

/* On that curve, with a point or parameters in that form. */
static bool
is_point_decoded(const char *curve, const char *form, const char *parameters)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	assert_non_null(key);
	assert_true(EVP_PKEY_set_utf8_string_param(
	    key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form));
	assert_true(EVP_PKEY_set_utf8_string_param(
	    key, OSSL_PKEY_PARAM_EC_ENCODING, parameters));
	return is_key_decoded(key);
}

/* Numbers of so many bits, all of them set. */
static bool
is_rsa_decoded(size_t modulus, size_t exponent)
{
	static const unsigned char oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x01, 0x01 };
	unsigned char number[2048];
	struct buf bits, b;
	size_t whole, part;
	bool decoded;

	memset(number, 0xff, sizeof(number));
	buf_init(&bits, sizeof(message));
	part = der_open(&bits, DER_SEQUENCE);
	der_unsigned(&bits, number, modulus / 8);
	der_unsigned(&bits, number, exponent / 8);
	der_close(&bits, part);
	buf_init(&b, sizeof(message));
	whole = der_open(&b, DER_SEQUENCE);
	part = der_open(&b, DER_SEQUENCE);
	der_put(&b, DER_OID, oid, sizeof(oid));
	der_put(&b, DER_NULL, "", 0);
	der_close(&b, part);
	der_bits(&b, bits.at, bits.used);
	der_close(&b, whole);
	assert_true(buf_ok(&b));
	decoded = is_decoded(b.at, b.used);
	buf_free(&bits);
	buf_free(&b);
	return decoded;
}

/* What the others would cost, a test of the running service measures. */
static void
L_07_only_keys_that_cost_little_are_decoded(void **state)
{
	static const char *const ours[] = { "P-256", "P-384", "P-521" };
	static const char *const others[] = { "P-224", "secp256k1",
		"brainpoolP512r1", "sect571r1" };

	(void)state;
	for (size_t i = 0; i < COUNT(ours); i++) {
		assert_true(
		    is_point_decoded(ours[i], "uncompressed", "named_curve"));
		assert_false(
		    is_point_decoded(ours[i], "compressed", "named_curve"));
		assert_false(
		    is_point_decoded(ours[i], "hybrid", "named_curve"));
		assert_false(
		    is_point_decoded(ours[i], "uncompressed", "explicit"));
	}
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(
		    is_point_decoded(others[i], "uncompressed", "named_curve"));
	assert_true(is_rsa_decoded(2048, 24));
	assert_true(is_rsa_decoded(4096, 64));
	assert_false(is_rsa_decoded(4104, 24));
	assert_false(is_rsa_decoded(16384, 24));
	assert_false(is_rsa_decoded(2048, 72));
	assert_true(is_key_decoded(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")));
	assert_false(is_key_decoded(EVP_PKEY_Q_keygen(NULL, NULL, "ED448")));
	assert_false(is_key_decoded(EVP_PKEY_Q_keygen(NULL, NULL, "X25519")));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    L_06_three_certificates_are_good_and_a_fourth_is_not),
		cmocka_unit_test(
		    L_06_a_chain_has_as_many_bytes_as_the_profiles_need),
		cmocka_unit_test(L_06_a_message_that_is_cut_is_refused),
		cmocka_unit_test(L_06_any_bytes_have_a_verdict),
		cmocka_unit_test(L_07_only_keys_that_cost_little_are_decoded),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
