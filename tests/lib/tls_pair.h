/*
 * tls_pair - a TLS client and a TLS server in one program, joined by memory.
 */
#ifndef TESTS_LIB_TLS_PAIR_H
#define TESTS_LIB_TLS_PAIR_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

struct tls_pair {
	SSL *client, *server;
	int64_t server_ns; /* of a processor, that the server has worked */
};

/* A server's context with a fresh P-256 key and certificate. */
SSL_CTX *tls_pair_server(void);
/* Up to this version; trusts everybody. */
SSL_CTX *tls_pair_client(int version);

/* The handshake, and what a server sends after it; `session` or NULL. */
bool tls_pair_open(
    struct tls_pair *, SSL_CTX *client, SSL_CTX *server, SSL_SESSION *);
/* The client's session, to be resumed; the caller's. */
SSL_SESSION *tls_pair_session(struct tls_pair *);
void tls_pair_close(struct tls_pair *);

#endif
