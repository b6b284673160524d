/*
 * evaluation - one secret as typed against one hash, by a thread of the pool:
 * all costs of Argon2id that are in use (base/password.h), also where there is
 * nothing to compare (R-AUTH-4, I-15). For the files of auth/ alone.
 *
 * Owns:   a copy of the secret, in locked memory, wiped when it is released.
 * Thread: made, and heard, by the event loop's; between evaluation_run() and
 *         its `done` the pool's.
 */
#ifndef AUTH_EVALUATION_H
#define AUTH_EVALUATION_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/ask.h"
#include "base/must.h"
#include "base/password.h"
#include "base/pool.h"
#include "base/share.h"
#include "policy/code.h"

struct evaluation {
	struct pool_job job;
	struct share *room; /* of which `door` has one; NULL: no limit */
	const void *door;
	void *arg; /* whose it is, for `done` alone */

	/* What is asked. */
	char hash[PASSWORD_HASH_SIZE]; /* empty: matched by nothing */
	char secret[AUTH_SECRET_SIZE];
	size_t secret_len;
	struct code_candidates candidates; /* how the secret may be read */
	struct password_costs costs;
	bool rehash; /* a stale hash that it matches */

	/* What it is answered. */
	enum password_match whole;     /* is the secret the password? */
	enum password_match split;     /* is it password and code? */
	char anew[PASSWORD_HASH_SIZE]; /* the same password; empty: none */
};

/*
 * Nothing of it is filled in but `room` and `door`. What the caller has taken
 * of the room for that door (base/share.h) is given back when it is released.
 * NULL: no memory, and the room is the caller's to give back. It ends by
 * evaluation_run().
 */
MUST_CHECK struct evaluation *evaluation_new(
    struct share *room, const void *door);

/* `done(evaluation)` hears it, and then it is released, as it is where the call
 * was forgotten. NULL: the pool is full, and it has been released. */
MUST_CHECK struct call *evaluation_run(struct evaluation *, struct pool *,
    struct pool_mailbox *, void (*done)(void *));

/* Whether the secret was right, in one way or the other. */
bool evaluation_right(const struct evaluation *);
/* There was not enough memory to say. */
bool evaluation_unknown(const struct evaluation *);

#endif
