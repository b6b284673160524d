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

struct per_address_entry {
	struct sockaddr_storage address;
	socklen_t address_len;
	SSL_CTX *tls;
	char *host;  /* for SNI and verification */
	bool by_ip;  /* host is an address */
	bool verify; /* the server's certificate */
	bool resume; /* sessions */
};

/* Looks up the address; of several, the first that accepts is taken. */
bool peer_open(struct per_address_entry *p, const struct options *o);

void peer_close(struct per_address_entry *p);

/*
 * A TLS client on the connected socket `fd`, as `who`, who must live as
 * long as it. NULL when OpenSSL refuses.
 */
SSL *peer_tls(const struct per_address_entry *p, int fd, struct identity *who);

#endif
