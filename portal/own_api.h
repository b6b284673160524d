/*
 * own_api - the endpoints of a member's own details, each a table of steps
 * (portal/own.h).
 */
#ifndef PORTAL_OWN_API_H
#define PORTAL_OWN_API_H

#include "http/engine.h"

/* NULL: none at that path. */
const struct endpoint *own_api_find(const char *path);

#endif
