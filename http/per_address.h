/*
 * peers - how many connections each client address has open.
 *
 * An IPv6 client usually owns a whole /64, so that is what counts as one
 * address. Sockets without an address (Unix) all count as one.
 */
#ifndef HTTP_PER_ADDRESS_H
#define HTTP_PER_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct per_address;
struct per_address_entry;
struct sockaddr;

enum {
	PER_ADDRESS_NAME_SIZE = 46
}; /* any address as text, and NUL */

/* Address as text, mapped IPv4 as IPv4. False if it has none (Unix). */
bool per_address_name(const struct sockaddr *who, char *name, size_t size);

/* NULL if there is no memory. */
struct per_address *per_address_new(void);
/* Everybody has left. NULL is fine. */
void per_address_free(struct per_address *peers);

/* Open connections of this address. */
unsigned per_address_count(
    struct per_address *peers, const struct sockaddr *who);

/* One more; the handle is for per_address_leave(). NULL: no memory. */
struct per_address_entry *per_address_enter(
    struct per_address *peers, const struct sockaddr *who);
void per_address_leave(struct per_address_entry *peer);

#endif
