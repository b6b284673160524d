/*
 * operator_api - the endpoints of the operator's desk, each a table of steps
 * (portal/operator.h).
 */
#ifndef PORTAL_OPERATOR_API_H
#define PORTAL_OPERATOR_API_H

#include "http/engine.h"

/* NULL: none at that path. */
const struct endpoint *operator_api_find(const char *path);

#endif
