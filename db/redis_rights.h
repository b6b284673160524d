/*
 * redis_rights - who may do what in Redis: a user for each program that talks
 * to it, with the commands of its scripts, on our keys (T11).
 *
 * Waits: for Redis, a few seconds at most. For the start and `koshin init`.
 */
#ifndef DB_REDIS_RIGHTS_H
#define DB_REDIS_RIGHTS_H

#include <stdbool.h>

#include "base/fault.h"
#include "base/must.h"
#include "db/redis.h"

enum redis_role {
	REDIS_ROLE_AUTH,     /* the process auth */
	REDIS_ROLE_OPERATOR, /* the command line */
	REDIS_ROLE_FRONT,    /* the front, for sessions of the pages */
	REDIS_ROLES,
};

/* Of the user that `koshin init` makes for it. */
const char *redis_role_user(enum redis_role);

/*
 * Whether the user that the options name may do what that role needs: false,
 * and what it lacks. `more` is what else it may do, which is no fault; empty if
 * nothing.
 */
MUST_CHECK bool redis_rights_check(const struct redis_options *,
    enum redis_role, struct fault *lacks, struct fault *more);

/* Whoever connects and says no name; empty if nobody is let in that way. */
void redis_rights_nameless(const struct redis_options *, struct fault *more);

/*
 * Makes the role's user, or narrows it, and gives it that password beside those
 * that it has, by the options' user, who must have the right to; and has Redis
 * keep that. False and `why`.
 */
MUST_CHECK bool redis_rights_make(const struct redis_options *, enum redis_role,
    const char *password, struct fault *why);

#endif
