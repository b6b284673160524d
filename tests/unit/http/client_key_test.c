/*
 * What becomes of handshakes when the keys in clients' certificates are decoded
 * directly: everything but the time they take is as before.
 */
#include "http/client_key.h"

#include "http/tls.h"
#include "pki/key.h"
#include "tests/lib/authority.h"
#include "tests/lib/test.h"
#include "tests/lib/tls_pair.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static char *folder;
static SSL_CTX *server;
static struct authority ca = { .name = "ca", .basic_constraints = "CA:TRUE" };

/* Of each kind that certificates are given for; the first three are EC. */
static struct authority clients[5];
#define EC_CLIENTS 3

/* Before the door is open: OpenSSL makes no EC key by name behind it. */
static void
make_clients(void)
{
	EVP_PKEY *keys[COUNT(clients)] = { EVP_EC_gen("P-256"),
		EVP_EC_gen("P-384"), EVP_EC_gen("P-521"),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), EVP_RSA_gen(2048) };

	for (size_t i = 0; i < COUNT(clients); i++) {
		clients[i] =
		    (struct authority){ .name = "client", .key = keys[i] };
		authority_make(&clients[i]);
	}
}

static int
set_up(void **state)
{
	static struct tls_options tls = { .listener = "test",
		.session_s = 3600 };
	struct fault why;

	(void)state;
	make_clients();
	folder = authority_folder();
	authority_make(&ca);
	tls.certificate =
	    authority_write_certificates(folder, "c", &ca.certificate, 1);
	tls.key = authority_write_key(folder, "k", ca.key, NULL, 0600);
	tls.issuer = ca.certificate;
	tls.chain = client_chain_limits(NULL, 0, 0);
	client_key_decode_directly();
	client_key_decode_directly();
	server = tls_new(&tls, &why);
	free((char *)tls.certificate);
	free((char *)tls.key);
	return server == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	SSL_CTX_free(server);
	authority_free(&ca);
	for (size_t i = 0; i < COUNT(clients); i++)
		authority_free(&clients[i]);
	authority_remove(folder);
	return 0;
}

static SSL_CTX *
client_with(int version, X509 *certificate, EVP_PKEY *key)
{
	SSL_CTX *client = tls_pair_client(version);

	assert_int_equal(SSL_CTX_use_certificate(client, certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(client, key), 1);
	return client;
}

static void
each_comes_in(int version, const char *groups)
{
	for (size_t i = 0; i < COUNT(clients); i++) {
		SSL_CTX *client = client_with(
		    version, clients[i].certificate, clients[i].key);
		struct tls_pair pair;
		const X509 *shown;

		if (groups != NULL)
			assert_true(
			    SSL_CTX_set1_groups_list(client, groups) == 1);
		assert_true(tls_pair_open(&pair, client, server, NULL));
		shown = SSL_get0_peer_certificate(pair.server);
		assert_true(X509_cmp(shown, clients[i].certificate) == 0);
		tls_pair_close(&pair);
		SSL_CTX_free(client);
	}
}

static void
EST_021_each_kind_of_key_comes_in(void **state)
{
	(void)state;
	each_comes_in(TLS1_3_VERSION, NULL);
	each_comes_in(TLS1_2_VERSION, NULL);
	each_comes_in(TLS1_3_VERSION, "X25519");
	each_comes_in(TLS1_3_VERSION, "P-256");
	each_comes_in(TLS1_3_VERSION, "P-384");
	each_comes_in(TLS1_2_VERSION, "P-256:P-384:P-521");
}

/* What OpenSSL has looked for comes from a provider. */
static void
keys_on_curves_are_not_looked_for(void **state)
{
	(void)state;
	if (OpenSSL_version_num() >= 0x30200000)
		return; /* it remembers; the door stays shut */
	for (size_t i = 0; i < COUNT(clients); i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(clients[i].certificate, &der);
		const unsigned char *from = der;
		X509 *x = d2i_X509(NULL, &from, len);
		const EVP_PKEY *key = X509_get0_pubkey(x);

		assert_non_null(key);
		assert_int_equal(
		    EVP_PKEY_get0_provider(key) == NULL, i < EC_CLIENTS);
		X509_free(x);
		OPENSSL_free(der);
	}
}

static void
our_own_reader_of_keys_has_what_it_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(clients); i++) {
		unsigned char *spki = NULL;
		int len = i2d_PUBKEY(clients[i].key, &spki);
		struct der der = { spki, (size_t)len };
		struct keys_facts facts;
		EVP_PKEY *key;

		assert_true(len > 0);
		assert_null(key_read(&der, &facts, NULL));
		assert_null(key_read(&der, &facts, &key));
		EVP_PKEY_free(key);
		OPENSSL_free(spki);
	}
}

/* Where a certificate of this key has its point. */
static unsigned char *
point_in(unsigned char *der, size_t len, EVP_PKEY *key)
{
	unsigned char *point = NULL, *at;
	size_t n = EVP_PKEY_get1_encoded_public_key(key, &point);

	assert_true(n > 0);
	at = memmem(der, len, point, n);
	OPENSSL_free(point);
	assert_non_null(at);
	return at;
}

static void
L_07_a_point_off_its_curve_is_no_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < EC_CLIENTS; i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(clients[i].certificate, &der);
		const unsigned char *from = der;
		X509 *x;

		point_in(der, (size_t)len, clients[i].key)[10] ^= 1;
		x = d2i_X509(NULL, &from, len);
		assert_non_null(x);
		assert_null(X509_get0_pubkey(x));
		X509_free(x);
		OPENSSL_free(der);
		ERR_clear_error();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_021_each_kind_of_key_comes_in),
		cmocka_unit_test(keys_on_curves_are_not_looked_for),
		cmocka_unit_test(our_own_reader_of_keys_has_what_it_needs),
		cmocka_unit_test(L_07_a_point_off_its_curve_is_no_key),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
