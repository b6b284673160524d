/*
 * desk_api - the endpoints of a master's desk, each a table of steps
 * (portal/desk.h).
 */
#ifndef PORTAL_DESK_API_H
#define PORTAL_DESK_API_H

#include "http/engine.h"

/* NULL: none at that path. */
const struct endpoint *desk_api_find(const char *path);

#endif
