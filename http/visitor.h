/*
 * visitor - whose a connection is, and where it counts: among those of its
 * client, of its network, and of those who wait.
 */
#ifndef HTTP_VISITOR_H
#define HTTP_VISITOR_H

#include <stdbool.h>

#include "base/address.h"
#include "http/waiting.h"

struct per_address;
struct per_address_entry;

/* Where visitors are counted; of one gate. */
struct visitors {
	struct per_address *clients;
	struct per_address *networks;
	struct waiting *idle;	 /* who wait for their client */
	struct waiting *holding; /* of them, who hold memory meanwhile */
};

/* All zero but for `all` is how it begins. */
struct visitor {
	struct visitors *all;
	struct address address;
	struct per_address_entry *client; /* NULL: it counts as nobody's */
	struct per_address_entry *network;
	struct waiting_one idle, holding;
};

/* For so many at a time. Ends the process if there is no memory. */
void visitors_begin(struct visitors *, unsigned most);
/* All have left. */
void visitors_end(struct visitors *);

/* Connections of this client. */
unsigned visitors_of(const struct visitors *, const struct address *client);

/*
 * It is of this address from now on, and is that client's if it `counts`: a
 * balancer has no ceiling of its own. False: no memory; leave then.
 */
bool visitor_is(struct visitor *, const struct address *, bool counts);
/* It waits for its client from now on, or does not; and holds memory. */
void visitor_waits(struct visitor *, bool waits, bool holds);
void visitor_leave(struct visitor *);

#endif
