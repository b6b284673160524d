/*
 * route - which operation and which profile a request line means. Pure, and
 * exact: nothing is matched by prefix (EST-060..068).
 */
#ifndef EST_ROUTE_H
#define EST_ROUTE_H

#include <evhtp.h>

#include "config/config.h"
#include "est/fail.h"

enum route_operation {
	ROUTE_CACERTS,
	ROUTE_CSRATTRS,
	ROUTE_SIMPLEENROLL,
	ROUTE_SIMPLEREENROLL,
	ROUTE_OPERATIONS, /* how many there are */
};

struct route {
	enum route_operation operation;
	const struct profile *profile;
	const char *allow; /* FAIL_METHOD: what would be right */
};

/* The name of an operation as it stands in the path. */
const char *route_name(enum route_operation);

/* FAIL_NONE, FAIL_NO_PATH or FAIL_METHOD (in that order, EST-112). */
enum fail route_find(
    const struct config *, htp_method, const char *path, struct route *);

/* A label may be none of these: operations and RFC 8295 names (EST-064). */
bool route_reserved(const char *label);

#endif
