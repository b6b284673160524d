/*
 * route - which operation and which profile a path means. Pure, and exact:
 * nothing is matched by prefix (EST-060..068).
 */
#ifndef EST_ROUTE_H
#define EST_ROUTE_H

#include <stdbool.h>

#include "config/config.h"
#include "policy/operation.h"

struct route {
	enum operation operation; /* one that we answer */
	const struct profile *profile;
};

/* False: there is nothing at that path. */
bool route_find(const struct config *, const char *path, struct route *);

#endif
