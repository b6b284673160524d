#include "tests/lib/tls_pair.h"

#include <assert.h>
#include <openssl/x509.h>
#include <time.h>

SSL_CTX *
tls_pair_server(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *own = X509_new();

	assert(ctx != NULL && key != NULL && own != NULL);
	ASN1_INTEGER_set(X509_get_serialNumber(own), 1);
	X509_gmtime_adj(X509_getm_notBefore(own), -60);
	X509_gmtime_adj(X509_getm_notAfter(own), 3600);
	X509_set_pubkey(own, key);
	assert(X509_sign(own, key, EVP_sha256()) > 0);
	assert(SSL_CTX_use_certificate(ctx, own) == 1);
	assert(SSL_CTX_use_PrivateKey(ctx, key) == 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	X509_free(own);
	EVP_PKEY_free(key);
	return ctx;
}

SSL_CTX *
tls_pair_client(int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	assert(ctx != NULL);
	SSL_CTX_set_max_proto_version(ctx, version);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	return ctx;
}

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool
tls_pair_open(
    struct tls_pair *p, SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session)
{
	BIO *near = NULL, *far = NULL;
	char byte;
	int i;

	p->server_ns = 0;
	p->client = SSL_new(client);
	p->server = SSL_new(server);
	assert(BIO_new_bio_pair(&near, 0, &far, 0) == 1);
	SSL_set_bio(p->client, near, near);
	SSL_set_bio(p->server, far, far);
	SSL_set_connect_state(p->client);
	SSL_set_accept_state(p->server);
	if (session != NULL)
		SSL_set_session(p->client, session);
	for (i = 0; i < 10; i++) {
		SSL_do_handshake(p->client);
		p->server_ns -= cpu_ns();
		SSL_do_handshake(p->server);
		p->server_ns += cpu_ns();
	}
	SSL_read(p->client, &byte, 1); /* tickets of TLS 1.3 */
	return SSL_is_init_finished(p->client) == 1 &&
	       SSL_is_init_finished(p->server) == 1;
}

SSL_SESSION *
tls_pair_session(struct tls_pair *p)
{
	return SSL_get1_session(p->client);
}

void
tls_pair_close(struct tls_pair *p)
{
	/* A session whose connection was cut is not resumed. */
	SSL_set_shutdown(p->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_set_shutdown(p->server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(p->client);
	SSL_free(p->server);
}
