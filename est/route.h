/*
 * route - which operation and which profile a request line means. Pure, and
 * exact: nothing is matched by prefix (EST-060..068).
 */
#ifndef EST_ROUTE_H
#define EST_ROUTE_H

#include <evhtp.h>

#include "config/config.h"
#include "est/fail.h"
#include "policy/operation.h"

struct route {
	enum operation operation;
	const struct profile *profile;
	const char *allow; /* FAIL_METHOD: what would be right */
};

/* FAIL_NONE, FAIL_NO_PATH or FAIL_METHOD (in that order, EST-112). */
enum fail route_find(
    const struct config *, htp_method, const char *path, struct route *);

#endif
