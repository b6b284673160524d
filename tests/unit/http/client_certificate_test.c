#include "http/client_certificate.h"

#include "tests/lib/authority.h"
#include "tests/lib/test.h"
#include "tests/lib/tls_pair.h"

#include <openssl/x509v3.h>
#include <string.h>

static struct authority who = { .name = "who" };
static SSL_CTX *server, *client;

static int
take_all(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

static int
set_up(void **state)
{
	(void)state;
	authority_make(&who);
	server = tls_pair_server();
	SSL_CTX_set_verify(server, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(server, take_all, NULL);
	client = tls_pair_client(TLS1_3_VERSION);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	SSL_CTX_free(client);
	SSL_CTX_free(server);
	authority_free(&who);
	return 0;
}

static void
who_shows_none_has_none(void **state)
{
	struct client_certificate seen;
	struct tls_pair pair;

	(void)state;
	assert_true(tls_pair_open(&pair, client, server, NULL));
	client_certificate_read(pair.server, &seen);
	assert_false(seen.exists);
	client_certificate_read(NULL, &seen);
	assert_false(seen.exists);
	tls_pair_close(&pair);
}

static void
show(void)
{
	assert_int_equal(SSL_CTX_use_certificate(client, who.certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(client, who.key), 1);
}

/* What is kept of the first request is what each would have read. */
static void
each_request_of_a_connection_reads_the_same(void **state)
{
	unsigned char *der = NULL, *name = NULL;
	int len = i2d_X509(who.certificate, &der);
	int name_len =
	    i2d_X509_NAME(X509_get_subject_name(who.certificate), &name);
	struct digest fingerprint = digest_of(der, (size_t)len);
	struct client_certificate seen[3];
	struct tls_pair pair;

	(void)state;
	show();
	assert_true(tls_pair_open(&pair, client, server, NULL));
	for (size_t i = 0; i < COUNT(seen); i++) {
		client_certificate_read(pair.server, &seen[i]);
		assert_true(seen[i].exists);
		assert_true(digest_equal(&seen[i].fingerprint, &fingerprint));
		assert_true(
		    der_equal(&seen[i].subject, name, (size_t)name_len));
		assert_memory_equal(
		    &seen[i].serial, &seen[0].serial, sizeof(struct serial));
		assert_int_equal(seen[i].names.len, 0);
	}
	tls_pair_close(&pair);
	OPENSSL_free(name);
	OPENSSL_free(der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_shows_none_has_none),
		cmocka_unit_test(each_request_of_a_connection_reads_the_same),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
