/*
 * peer - the server as the client sees it: one address, one TLS context.
 *
 * Owns:    address and context, until peer_free().
 * Fails:   what is wrong is on stderr.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "bench/identity.h"
#include "bench/options.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <stdbool.h>

struct peer {
	struct sockaddr_storage address;
	socklen_t address_len;
	SSL_CTX *tls;
	char *host;  /* for SNI and verification */
	bool by_ip;  /* host is an address */
	bool verify; /* the server's certificate */
	bool resume; /* sessions */
};

/* Looks up the address; of several, the first that accepts is taken. */
bool peer_open(struct peer *p, const struct options *o);

/* Connections that live keep what they need. */
void peer_close(struct peer *p);

/*
 * A TLS client on the connected socket `fd`, as `who`, who must live as
 * long as it. NULL when OpenSSL refuses.
 */
SSL *peer_tls(const struct peer *p, int fd, struct identity *who);

#endif
