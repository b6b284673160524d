#include "http/tls.h"

#include "tests/lib/authority.h"
#include "tests/lib/test.h"
#include "tests/lib/tls_pair.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <stdlib.h>

static char *folder;
static struct authority ca = { .name = "ca", .basic_constraints = "CA:TRUE" };
static SSL_CTX *server;

static int
set_up(void **state)
{
	static struct tls_options tls = { .session_s = 3600 };
	struct fault why;

	(void)state;
	folder = authority_folder();
	authority_make(&ca);
	tls.certificate =
	    authority_write_certificates(folder, "c", &ca.certificate, 1);
	tls.key = authority_write_key(folder, "k", ca.key, NULL, 0600);
	tls.issuer = ca.certificate;
	server = tls_new(&tls, &why);
	assert_non_null(server);
	free((char *)tls.certificate);
	free((char *)tls.key);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	SSL_CTX_free(server);
	authority_free(&ca);
	authority_remove(folder);
	return 0;
}

/* RSA with 3072 bits and an exponent of so many. */
static EVP_PKEY *
rsa_key(int exponent_bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	assert_true(ctx != NULL && e != NULL);
	BN_rand(e, exponent_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	assert_true(EVP_PKEY_keygen_init(ctx) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 3072) > 0);
	assert_true(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) > 0);
	assert_true(EVP_PKEY_generate(ctx, &key) > 0);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* Does a client with this certificate, and `extra` more of it, come in? */
static bool
comes_in(int version, struct authority *who, int extra)
{
	SSL_CTX *client = tls_pair_client(version);
	struct tls_pair pair;
	bool in;

	assert_int_equal(SSL_CTX_use_certificate(client, who->certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(client, who->key), 1);
	for (int i = 0; i < extra; i++)
		assert_true(
		    SSL_CTX_add1_chain_cert(client, who->certificate) == 1);
	in = tls_pair_open(&pair, client, server, NULL);
	tls_pair_close(&pair);
	SSL_CTX_free(client);
	return in;
}

static bool
rsa_comes_in(int exponent_bits)
{
	struct authority who = { .name = "who", .key = rsa_key(exponent_bits) };
	bool in;

	authority_make(&who);
	in = comes_in(TLS1_3_VERSION, &who, 0);
	assert_true(in == comes_in(TLS1_2_VERSION, &who, 0));
	authority_free(&who);
	return in;
}

/* 7 ms for each signature, where an honest key takes 0.1 ms. */
static void
L_07_a_key_with_a_giant_exponent_is_refused(void **state)
{
	(void)state;
	assert_true(rsa_comes_in(17));
	assert_true(rsa_comes_in(64));
	assert_false(rsa_comes_in(65));
	assert_false(rsa_comes_in(2000));
}

static void
L_06_a_long_chain_is_refused(void **state)
{
	struct authority who = { .name = "who" };

	(void)state;
	authority_make(&who);
	assert_true(comes_in(TLS1_3_VERSION, &who, 2));
	assert_true(comes_in(TLS1_2_VERSION, &who, 2));
	assert_false(comes_in(TLS1_3_VERSION, &who, 3));
	assert_false(comes_in(TLS1_2_VERSION, &who, 3));
	assert_false(comes_in(TLS1_3_VERSION, &who, 100));
	assert_false(comes_in(TLS1_2_VERSION, &who, 100));
	authority_free(&who);
}

/* Requests carry passwords; OpenSSL would keep them until the next one. */
static void
I_11_what_was_read_does_not_stay_in_the_buffers(void **state)
{
	(void)state;
	assert_true(
	    (SSL_CTX_get_options(server) & SSL_OP_CLEANSE_PLAINTEXT) != 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(L_06_a_long_chain_is_refused),
		cmocka_unit_test(L_07_a_key_with_a_giant_exponent_is_refused),
		cmocka_unit_test(
		    I_11_what_was_read_does_not_stay_in_the_buffers),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
