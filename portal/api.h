/*
 * api - the endpoints below /api/v1 (portal/openapi.yaml), each a table of
 * steps.
 */
#ifndef PORTAL_API_H
#define PORTAL_API_H

#include "http/engine.h"

/* NULL: none at that path, of the listener of everybody, or of members. */
const struct endpoint *api_find(const char *path, bool members);
/* Is it one of them? Then its state is a struct visit. */
bool api_has(const struct endpoint *);

#endif
