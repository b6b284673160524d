/*
 * api - the endpoints below /api/v1 (portal/openapi.yaml), each a table of
 * steps.
 */
#ifndef PORTAL_API_H
#define PORTAL_API_H

#include "http/engine.h"
#include "portal/visit.h"

/* One of them; its state is a struct visit. */
#define API(name_, methods_, path_, steps_)                                    \
	{                                                                      \
		.name = name_, .methods = methods_, .path = path_,             \
		.state_size = sizeof(struct visit), .steps = steps_,           \
		.leave = visit_leave, .log = visit_log                         \
	}

struct portal;

/* NULL: none at that path of that listener. */
const struct endpoint *api_find(const char *path, const struct portal *);
/* Is it one of them? Then its state is a struct visit. */
bool api_has(const struct endpoint *);

#endif
