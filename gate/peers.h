/*
 * peers - how many connections each client address has open.
 *
 * An IPv6 client usually owns a whole /64, so that is what counts as one
 * address. Sockets without an address (Unix) all count as one.
 */
#ifndef GATE_PEERS_H
#define GATE_PEERS_H

#include <stdbool.h>
#include <stddef.h>

struct peers;
struct peer;
struct sockaddr;

enum {
	PEERS_NAME_SIZE = 46
}; /* any address as text, and NUL */

/* Address as text, mapped IPv4 as IPv4. False if it has none (Unix). */
bool peers_name(const struct sockaddr *who, char *name, size_t size);

/* NULL if there is no memory. */
struct peers *peers_new(void);
/* Everybody has left. NULL is fine. */
void peers_free(struct peers *peers);

/* Open connections of this address. */
unsigned peers_count(const struct peers *peers, const struct sockaddr *who);

/* One more; the handle is for peers_leave(). NULL if there is no memory. */
struct peer *peers_enter(struct peers *peers, const struct sockaddr *who);
void peers_leave(struct peers *peers, struct peer *peer);

#endif
