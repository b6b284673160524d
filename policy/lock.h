/*
 * lock - the ladder from failures to lock to block (R-LOCK-1..5).
 *
 * The counting itself is done in Redis by one script per change
 * (db/attempts.h); these are its numbers and what they mean.
 */
#ifndef POLICY_LOCK_H
#define POLICY_LOCK_H

#include <stdbool.h>
#include <time.h>

#include "policy/facts.h"

struct lock_policy {
	unsigned failures; /* that lead to a lock: 6 */
	unsigned lock_s;   /* how long it lasts: 3600 */
	unsigned locks;	   /* the one that does not end: 3 */
};

/*
 * Not to be evaluated now: there is no such account, or its lock holds: it is
 * closed, blocked, or locked at `now`. A lock has ended at `locked_until`
 * itself. lock_holds() does not look whether it is there.
 */
bool lock_closed(const struct facts_account *, time_t now);
bool lock_holds(const struct facts_account *, time_t now);
/* Good for nothing, a renewal by certificate neither: not there,
 * suspended (R-LOCK-9) or closed. */
bool lock_final(const struct facts_account *);

#endif
