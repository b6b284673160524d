#include "http/client_chain.h"

#include "tests/lib/authority.h"
#include "tests/lib/test.h"

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
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
