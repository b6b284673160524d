/*
 * prover - proves passwords for the command line (auth/desk_ask.h): an attempt
 * on the ladder, as any other, and behind a right password the session in the
 * database. It is the process `auth` that works with it, and the command line
 * itself where no such process runs.
 *
 * A right password alone sets no counter to zero (R-LOCK-4): its place is given
 * back. Who asks and goes has made its attempt (F-02); a session that nobody
 * enters ends by itself.
 *
 * Owns:   its ladder, and a record of each proof, wiped when it is answered.
 * Waits:  never. What was taken is answered once, at once or later.
 * Bounds: PROVER_MAX at one time; the rest hear DESK_FULL.
 */
#ifndef AUTH_PROVER_H
#define AUTH_PROVER_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/ladder.h"
#include "base/must.h"
#include "policy/authority.h"

#define PROVER_MAX 16

struct prover;

struct prover_options {
	/* Beside proofs; whom the ladder answers is the prover's to say. */
	struct ladder_options ladder;
	struct authority_limits limits; /* of masters, in their sessions */
	/* `asker` is what was given with the question. */
	void (*answer)(void *asker, struct ipc_head *, size_t bytes);
};

/* NULL: no memory. The options are copied. */
MUST_CHECK struct prover *prover_open(const struct prover_options *);
/* Nobody is answered any more. NULL is fine. */
void prover_close(struct prover *);

/* False: it is no DESK_KIND_PROVE of auth/desk_ask.h. `asker` lives until it is
 * answered, or the prover closed. */
MUST_CHECK bool prover_take(
    struct prover *, void *asker, const struct ipc_head *, size_t bytes);

#endif
