/*
 * yield - when auth comes behind all others (decision 0056): while more log in
 * than its threads can look at, and as long as nobody waits for it.
 *
 * Linux gives each session a share of the cores, and niceness counts inside of
 * one only: in the session of all, threads that hash at any niceness are equals
 * of PostgreSQL, which a renewal waits for. So auth has a session of its own
 * (serve/child.h), and this says how nice that one is.
 *
 * Owns:  nothing.
 * Waits: never; knows no clock. Who has it lets it look every YIELD_LOOK_MS
 *        while the pool works, and for as long as it yields.
 */
#ifndef AUTH_YIELD_H
#define AUTH_YIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"

#define YIELD_LOOK_MS 100
#define YIELD_NICE 10	/* of the session: a tenth of the others' weight */
#define YIELD_MANY 8	/* who wait: a flood, seen at one look */
#define YIELD_CROWDED 3 /* looks in a row at which somebody waits */
#define YIELD_ALONE 20	/* and at which nobody does */
/* For one password, where the cores are others'. Where Argon2 takes as long on
 * a quiet machine, auth never yields. */
#define YIELD_LATE_MS 250
#define YIELD_HOLD_S 10 /* then it does not yield for so long */

struct yield {
	bool yields;
	unsigned crowded, alone; /* looks in a row */
	int64_t held_until_us;	 /* by clock_mono_us() */
};

/* What the pool is at now. True: it yields. */
bool yield_look(struct yield *, const struct pool_view *, int64_t now_us);
/*
 * Tells the kernel by `fd`, stage_given.session, how nice the session is.
 * False: it hears a user ten times a second at most; try again. True where it
 * cannot be told at all.
 */
MUST_CHECK bool yield_tell(const struct yield *, int fd);

#endif
