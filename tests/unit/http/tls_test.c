#include "http/tls.h"

#include "tests/lib/authority.h"
#include "tests/lib/test.h"
#include "tests/lib/tls_pair.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <stdlib.h>
#include <string.h>

static char *folder;
static struct authority ca = { .name = "ca", .basic_constraints = "CA:TRUE" };
static SSL_CTX *server;

static int
set_up(void **state)
{
	static struct tls_options tls = { .listener = "test",
		.session_s = 3600 };
	struct fault why;

	(void)state;
	folder = authority_folder();
	authority_make(&ca);
	tls.certificate =
	    authority_write_certificates(folder, "c", &ca.certificate, 1);
	tls.key = authority_write_key(folder, "k", ca.key, NULL, 0600);
	tls.issuer = ca.certificate;
	tls.chain = client_chain_limits(NULL, 0, 0);
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

/* The least that the server worked for such a handshake. */
static int64_t
cost_ns(SSL_CTX *client, bool comes_in)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < 30; i++) {
		struct tls_pair pair;

		assert_true(
		    tls_pair_open(&pair, client, server, NULL) == comes_in);
		if (pair.server_ns < best)
			best = pair.server_ns;
		tls_pair_close(&pair);
	}
	return best;
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

/* P-521 is for signatures of clients alone. */
static void
L_03_keys_are_not_exchanged_on_a_dear_curve(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		SSL_CTX *client = tls_pair_client(versions[i]);
		struct tls_pair pair;

		assert_int_equal(
		    SSL_CTX_set1_groups_list(client, "P-521:P-256"), 1);
		assert_true(tls_pair_open(&pair, client, server, NULL));
		assert_int_equal(SSL_get_negotiated_group(pair.server),
		    NID_X9_62_prime256v1);
		tls_pair_close(&pair);
		SSL_CTX_free(client);
	}
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

static SSL_CTX *
client_with(int version, EVP_PKEY *key, X509 *leaf, X509 *more)
{
	SSL_CTX *client = tls_pair_client(version);

	assert_int_equal(SSL_CTX_use_certificate(client, leaf), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(client, key), 1);
	for (int i = 0; more != NULL && i < 2; i++)
		assert_true(SSL_CTX_add1_chain_cert(client, more) == 1);
	return client;
}

/* Keys as nobody is given a certificate for; NULL ends the list. */
static const struct nasty {
	const char *curve, *parameter, *value;
} nasty[] = {
	{ "brainpoolP512r1", NULL, NULL },
	{ "sect571r1", NULL, NULL },
	{ "secp256k1", NULL, NULL },
	{ "P-256", OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed" },
	{ "P-521", OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed" },
	{ "P-521", OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "hybrid" },
	{ "P-521", OSSL_PKEY_PARAM_EC_ENCODING, "explicit" },
};

static void
make_nasty(struct authority *out, const struct nasty *n)
{
	*out =
	    (struct authority){ .name = "nasty", .key = EVP_EC_gen(n->curve) };
	assert_non_null(out->key);
	if (n->parameter != NULL)
		assert_true(EVP_PKEY_set_utf8_string_param(
				out->key, n->parameter, n->value) > 0);
	authority_make(out);
}

/* Twice behind a good leaf: before, each made a handshake twice as dear. */
static void
L_07_a_nasty_key_costs_no_more_than_a_good_one(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct authority good = { .name = "good" };

	(void)state;
	authority_make(&good);
	for (size_t v = 0; v < COUNT(versions); v++) {
		SSL_CTX *fine =
		    client_with(versions[v], good.key, good.certificate, NULL);
		int64_t good_ns = cost_ns(fine, true);

		for (size_t i = 0; i < COUNT(nasty); i++) {
			struct authority bad;
			SSL_CTX *client;
			int64_t bad_ns;

			make_nasty(&bad, &nasty[i]);
			client = client_with(versions[v], good.key,
			    good.certificate, bad.certificate);
			bad_ns = cost_ns(client, false);
			print_message("%s %s: %.2f of a good one\n",
			    nasty[i].curve,
			    nasty[i].value == NULL ? "" : nasty[i].value,
			    (double)bad_ns / (double)good_ns);
			assert_true(bad_ns <= good_ns);
			SSL_CTX_free(client);
			authority_free(&bad);
		}
		SSL_CTX_free(fine);
	}
	authority_free(&good);
}

/* The suite with SHA-256 costs least; who will not have it gets another. */
static void
EST_006_aes_128_comes_first(void **state)
{
	static const struct {
		const char *suites, *chosen;
	} rows[] = {
		{ "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
		  "TLS_AES_128_GCM_SHA256",
		    "TLS_AES_128_GCM_SHA256" },
		{ "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384" },
		/* A client without AES in its processor. */
		{ "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
		    "TLS_CHACHA20_POLY1305_SHA256" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		SSL_CTX *client = tls_pair_client(TLS1_3_VERSION);
		struct tls_pair pair;

		assert_true(
		    SSL_CTX_set_ciphersuites(client, rows[i].suites) == 1);
		assert_true(tls_pair_open(&pair, client, server, NULL));
		assert_string_equal(
		    SSL_get_cipher_name(pair.server), rows[i].chosen);
		tls_pair_close(&pair);
		SSL_CTX_free(client);
	}
}

/* ------------------------------------------------- handshakes without end */

enum {
	RECORDS = 32,
	FLOOD = 1000,
	KEY = 16,
	SALT = 4,
	NONCE = 8,
	TAG = 16
};

/* What a client of TLS 1.2 with AES-128-GCM encrypts with. */
struct sender {
	unsigned char key[KEY], nonce[SALT + NONCE];
};

/* RFC 5246 6.3. */
static void
derive(struct sender *s, const SSL *client)
{
	unsigned char secret[48], seed[13 + 2 * SSL3_RANDOM_SIZE], block[40];
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM p[4];

	memcpy(seed, "key expansion", 13);
	SSL_get_server_random(client, seed + 13, SSL3_RANDOM_SIZE);
	SSL_get_client_random(
	    client, seed + 13 + SSL3_RANDOM_SIZE, SSL3_RANDOM_SIZE);
	assert_int_equal(SSL_SESSION_get_master_key(
			     SSL_get_session(client), secret, sizeof(secret)),
	    sizeof(secret));
	p[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0);
	p[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_SECRET, secret, sizeof(secret));
	p[2] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_SEED, seed, sizeof(seed));
	p[3] = OSSL_PARAM_construct_end();
	assert_true(EVP_KDF_derive(ctx, block, sizeof(block), p) > 0);
	memcpy(s->key, block, KEY);
	memcpy(s->nonce, block + 2 * KEY, SALT);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

/* A ClientHello, as the record with this number (RFC 5288 3). */
static void
send_hello(struct sender *s, SSL *client, unsigned char number)
{
	static const unsigned char hello[] = { SSL3_MT_CLIENT_HELLO, 0, 0, 0 };
	const unsigned char about[] = { 0, 0, 0, 0, 0, 0, 0, number, 22, 3, 3,
		0, sizeof(hello) };
	unsigned char record[5 + NONCE + sizeof(hello) + TAG] = { 22, 3, 3, 0,
		sizeof(record) - 5 };
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	int n;

	record[5 + NONCE - 1] = number;
	memcpy(s->nonce + SALT, record + 5, NONCE);
	EVP_EncryptInit_ex(aes, EVP_aes_128_gcm(), NULL, s->key, s->nonce);
	EVP_EncryptUpdate(aes, NULL, &n, about, sizeof(about));
	EVP_EncryptUpdate(aes, record + 5 + NONCE, &n, hello, sizeof(hello));
	EVP_EncryptFinal_ex(aes, record + sizeof(record) - TAG, &n);
	EVP_CIPHER_CTX_ctrl(
	    aes, EVP_CTRL_AEAD_GET_TAG, TAG, record + sizeof(record) - TAG);
	EVP_CIPHER_CTX_free(aes);
	BIO_write(SSL_get_wbio(client), record, sizeof(record));
}

/* The server would read on, were there more. */
static bool
listens(SSL *of_server)
{
	char byte;
	int rc = SSL_read(of_server, &byte, 1);

	return SSL_get_error(of_server, rc) == SSL_ERROR_WANT_READ;
}

/* Each byte costs as much as a record does: 64 KiB took 165 ms, 190 times as
 * long as a good handshake. */
static void
L_03_a_client_hello_byte_by_byte_is_not_listened_to(void **state)
{
	static const unsigned char hello[] = { SSL3_MT_CLIENT_HELLO, 0, 255 };
	SSL *of_server = SSL_new(server);
	BIO *near, *far;
	int sent = 0;

	(void)state;
	assert_true(BIO_new_bio_pair(&near, 0, &far, 0) == 1);
	SSL_set_bio(of_server, far, far);
	SSL_set_accept_state(of_server);
	while (sent < FLOOD && listens(of_server)) {
		unsigned char record[] = { 22, 3, 1, 0, 1, 0 };

		if (sent < (int)sizeof(hello))
			record[5] = hello[sent];
		BIO_write(near, record, sizeof(record));
		sent++;
	}
	assert_in_range(sent, 2, RECORDS + 1);
	SSL_free(of_server);
	BIO_free(near);
}

/*
 * OpenSSL takes them one after the other, without a word to its caller, as
 * long as there are more: a client that sent them without end had a thread to
 * itself for as long as it liked.
 */
static void
L_02_key_updates_without_end_are_not_listened_to(void **state)
{
	SSL_CTX *ctx = tls_pair_client(TLS1_3_VERSION);
	struct tls_pair pair;
	int sent = 0;

	(void)state;
	assert_true(tls_pair_open(&pair, ctx, server, NULL));
	while (sent < FLOOD && listens(pair.server)) {
		SSL_key_update(pair.client, SSL_KEY_UPDATE_NOT_REQUESTED);
		assert_int_equal(SSL_do_handshake(pair.client), 1);
		sent++;
	}
	assert_in_range(sent, 2, RECORDS);
	tls_pair_close(&pair);
	SSL_CTX_free(ctx);
}

static void
L_02_renegotiations_without_end_are_not_listened_to(void **state)
{
	SSL_CTX *ctx = tls_pair_client(TLS1_2_VERSION);
	struct tls_pair pair;
	struct sender sender;
	unsigned char sent = 0;

	(void)state;
	SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES128-GCM-SHA256");
	assert_true(tls_pair_open(&pair, ctx, server, NULL));
	derive(&sender, pair.client);
	while (sent < 255 && listens(pair.server))
		send_hello(&sender, pair.client, ++sent);
	assert_in_range(sent, 2, RECORDS);
	tls_pair_close(&pair);
	SSL_CTX_free(ctx);
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
		cmocka_unit_test(EST_006_aes_128_comes_first),
		cmocka_unit_test(L_03_keys_are_not_exchanged_on_a_dear_curve),
		cmocka_unit_test(L_06_a_long_chain_is_refused),
		cmocka_unit_test(L_07_a_key_with_a_giant_exponent_is_refused),
		cmocka_unit_test(
		    L_07_a_nasty_key_costs_no_more_than_a_good_one),
		cmocka_unit_test(
		    L_03_a_client_hello_byte_by_byte_is_not_listened_to),
		cmocka_unit_test(
		    L_02_key_updates_without_end_are_not_listened_to),
		cmocka_unit_test(
		    L_02_renegotiations_without_end_are_not_listened_to),
		cmocka_unit_test(
		    I_11_what_was_read_does_not_stay_in_the_buffers),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
