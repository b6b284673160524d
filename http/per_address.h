/*
 * per_address - how many connections each client address has open, or each
 * network: whoever counts says which bits of an address it counts by.
 */
#ifndef HTTP_PER_ADDRESS_H
#define HTTP_PER_ADDRESS_H

#include "base/address.h"
#include "http/waiting.h"

struct per_address;

struct per_address_entry {
	struct address_prefix prefix;
	unsigned n; /* open connections, at least one */
	/* Of those, who waits for the client: the connections keep it. */
	struct waiting_network idle, holding;
	LIST_ENTRY(per_address_entry) link;
};

/* NULL if there is no memory. */
struct per_address *per_address_new(void);
/* Everybody has left. NULL is fine. */
void per_address_free(struct per_address *peers);

/* Open connections of this prefix. */
unsigned per_address_count(
    struct per_address *peers, const struct address_prefix *who);

/* One more; the entry is for per_address_leave(). NULL: no memory. */
struct per_address_entry *per_address_enter(
    struct per_address *peers, const struct address_prefix *who);
/* NULL is fine. */
void per_address_leave(struct per_address_entry *peer);

#endif
