/*
 * lift - sets the counters of an account in Redis to zero, and waits for it.
 */
#ifndef CLI_LIFT_H
#define CLI_LIFT_H

#include <stdbool.h>

#include "est/config.h"

/* False, and the reason has been said. */
bool lift_counters(const struct config *, const char *user_id);

#endif
