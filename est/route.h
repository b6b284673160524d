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
	bool labelled; /* the path names it; else it is the default */
};

/* What is at a path, or up to where there is something. */
enum route_end {
	ROUTE_FOUND,
	ROUTE_NO_PATH,	    /* it is no path of EST */
	ROUTE_NO_OPERATION, /* nobody knows what stands last */
	ROUTE_NOT_OFFERED,  /* an operation that we do not have */
	ROUTE_NO_LABEL,	    /* no profile has that name */
};

/* `route` is filled in where there is one. */
enum route_end route_find(
    const struct config *, const char *path, struct route *);

#endif
