/*
 * counters - failures, locks and codes in Redis for the command line: what a
 * change of an account does to them, waited for. Nothing is permitted while
 * Redis cannot be asked (R-LOCK-8).
 *
 * Owns:   a loop with a connection on it, which cli/proof.c uses too.
 * Fails:  false, and the reason has been said; nothing was changed.
 */
#ifndef CLI_COUNTERS_H
#define CLI_COUNTERS_H

#include <stdbool.h>

#include "db/attempts.h"
#include "config/config.h"

struct counters;

/* Does not wait for the connection. NULL, and it has been said. */
struct counters *counters_open(const struct config *);
void counters_close(struct counters *); /* NULL is fine */

/* Failures, locks and block to zero (R-LOCK-6). False: it has been said. */
bool counters_lift(struct counters *, const char *user_id);
/* The same of its initial password (R-LOCK-7). */
bool counters_lift_contract(struct counters *, const char *number);
/* The code that is outstanding is good no more (O-09). */
bool counters_drop_code(struct counters *, const char *user_id);

#define COUNTERS_WAIT_MS 3000 /* for Redis to be there, and answer */

/* For who proves a password here (cli/proof.c). */
struct event_base *counters_base(struct counters *);
struct attempts *counters_attempts(struct counters *);
bool counters_up(const struct counters *);
/* Where Redis is, for messages. */
const char *counters_place(const struct config *);

#endif
