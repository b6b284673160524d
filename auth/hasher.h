/*
 * hasher - hashes for the command line (auth/desk_ask.h), in the pool in which
 * passwords are looked at.
 *
 * Who logs in comes first: of the pool's threads it fills half at most, but
 * always one, and what is more waits here. So an import of thousands leaves
 * the rest to logins.
 *
 * Owns:   a copy of each password in locked memory, wiped when it is hashed.
 * Waits:  never. What was taken is answered once, later.
 * Bounds: HASHER_MAX at one time; the rest hear DESK_FULL.
 */
#ifndef AUTH_HASHER_H
#define AUTH_HASHER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ipc_client.h"
#include "base/must.h"

#define HASHER_MAX 64

struct event_base;
struct hasher;
struct pool;
struct pool_mailbox;

struct hasher_options {
	struct event_base *base;
	struct pool *pool;
	struct pool_mailbox *mailbox;
	unsigned threads; /* of the pool */
	/* `asker` is what was given with the question. */
	void (*answer)(void *asker, struct ipc_head *, size_t bytes);
};

/* NULL: no memory. What the options point to must outlive it. */
MUST_CHECK struct hasher *hasher_open(const struct hasher_options *);
/* Nobody is answered any more; after it pool_free(). NULL is fine. */
void hasher_close(struct hasher *);

/* False: it is no DESK_KIND_HASH of auth/desk_ask.h. `asker` lives until it
 * is answered, or the hasher closed. */
MUST_CHECK bool hasher_take(
    struct hasher *, void *asker, const struct ipc_head *, size_t bytes);

#endif
