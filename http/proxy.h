/*
 * proxy - the header of PROXY protocol 2, by which a balancer that only moves
 * bytes says whose they are. Bytes go in, a verdict comes out; it knows no
 * socket, and allocates nothing.
 *
 *	while (rc == PROXY_MORE)
 *		n = recv(fd, bytes, proxy_wants(&t)),
 *		rc = proxy_read(&t, bytes, n);
 *
 * Read narrowly: TCP over IPv4 or IPv6 only; what follows the addresses (TLVs)
 * is passed over. Who says that there is a client but not which one is refused.
 * Version 1 is text, and not taken.
 */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include <stddef.h>

#include "base/address.h"

enum {
	PROXY_HEADER_MAX = 1024, /* bytes, first to last */
	PROXY_KEPT = 52		 /* of them: up to the end of two addresses */
};

enum proxy_rc {
	PROXY_MORE,
	PROXY_CLIENT, /* t->client has sent what follows */
	PROXY_LOCAL,  /* the balancer itself has: it looks whether we live */
	PROXY_BAD     /* no such header; what follows is in doubt */
};

/* All zero is how it begins. */
struct proxy {
	unsigned char kept[PROXY_KEPT];
	size_t seen;  /* bytes so far */
	size_t whole; /* bytes of the header; 0: not known yet */
	struct address client;
};

/* So many bytes may be taken off the socket next: none is behind the header. */
size_t proxy_wants(const struct proxy *t);

/*
 * Goes on with these, no more than wanted. Not to be called again after
 * anything but PROXY_MORE.
 */
enum proxy_rc proxy_read(
    struct proxy *t, const unsigned char *bytes, size_t len);

#endif
