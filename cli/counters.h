/*
 * counters - failures, locks and codes in Redis for the command line: the
 * questions of db/attempts.h, each waited for. Nothing is permitted while
 * Redis cannot be asked (R-LOCK-8).
 *
 * Fails: false, and the reason has been said; nothing was changed.
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

/* R-LOCK-6 */
bool counters_lift(struct counters *, const char *user_id);
/* O-09 */
bool counters_drop_code(struct counters *, const char *user_id);

/* An attempt on an account or contract, begun and settled (I-7). */
struct attempts_who counters_who(const char *user_id);
bool counters_begin(struct counters *, const struct attempts_who *,
    unsigned locks, struct attempts_begin_answer *);
bool counters_settle(struct counters *, const struct attempts_who *,
    enum attempts_outcome, struct attempts_settled *);

#endif
