/*
 * waiting - who waits for its client, by network: so that, when room is short,
 * the one that gives way is found at once. It is the one that has waited
 * longest in the network that has most who wait; whoever brings many takes
 * from his own.
 *
 *	waiting_add(w, &network, &one);
 *	one = waiting_first(w);
 *
 * Owns:    nothing of the networks and those who wait: they are parts of
 *          others. All zero is how both begin.
 * Waits:   never; each call takes the same time however many wait.
 * Fails:   where there are more than it was made for; that is asserted.
 */
#ifndef HTTP_WAITING_H
#define HTTP_WAITING_H

#include <sys/queue.h>

struct waiting;
struct waiting_network;

struct waiting_one {
	struct waiting_network *network; /* NULL: it does not wait */
	TAILQ_ENTRY(waiting_one) later;
	void *owner; /* the caller's */
};

struct waiting_network {
	unsigned n; /* that wait, oldest first */
	TAILQ_HEAD(, waiting_one) ones;
	TAILQ_ENTRY(waiting_network) as_many;
};

/* For at most so many at a time. NULL: no memory. */
struct waiting *waiting_new(unsigned most);
/* Nobody waits any more. NULL is fine. */
void waiting_free(struct waiting *);

/* It begins to wait now; it did not. */
void waiting_add(
    struct waiting *, struct waiting_network *, struct waiting_one *);
/* It waits no longer; nothing happens to one that did not. */
void waiting_remove(struct waiting *, struct waiting_one *);

/* Who is to give way; NULL: nobody waits. */
struct waiting_one *waiting_first(const struct waiting *);

#endif
