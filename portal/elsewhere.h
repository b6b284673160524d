/*
 * elsewhere - paths at one listener that lead to the other: pages are static
 * files, and do not know where that is.
 */
#ifndef PORTAL_ELSEWHERE_H
#define PORTAL_ELSEWHERE_H

#include "http/engine.h"

/* NULL: that path leads nowhere else. */
const struct endpoint *elsewhere_find(const char *path, bool members);

#endif
