/*
 * arrival - a connection until its first byte: nothing is spent on one that is
 * silent. From a balancer the PROXY header comes before it, and is taken off
 * the socket, and not a byte more (http/proxy.h).
 *
 * Owns:  nothing of the socket.
 * Waits: until `done`, as long as it takes; the caller has the deadline.
 */
#ifndef HTTP_ARRIVAL_H
#define HTTP_ARRIVAL_H

#include <event2/util.h>
#include <stdbool.h>

#include "base/address.h"

struct arrival;
struct event_base;

enum arrival_end {
	ARRIVAL_PEER,	/* who connected speaks for itself */
	ARRIVAL_CLIENT, /* the balancer has named its client */
	ARRIVAL_BAD,	/* a balancer that sends no such header */
	ARRIVAL_GONE	/* it has closed, or the socket is broken */
};

/*
 * `done` is called once, later; it may free the arrival. `client` is of
 * ARRIVAL_CLIENT. NULL: no memory.
 */
struct arrival *arrival_new(struct event_base *, evutil_socket_t,
    bool from_balancer,
    void (*done)(void *arg, enum arrival_end, const struct address *client),
    void *arg);
/* NULL is fine. */
void arrival_free(struct arrival *);

#endif
