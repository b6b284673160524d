/*
 * logo - an SVG that somebody brings for the pages: a picture, and nothing
 * else. Taken are shapes, text and gradients. What runs, what is fetched from
 * elsewhere, and what could be either in a way that a browser knows and we do
 * not, is refused.
 */
#ifndef POLICY_LOGO_H
#define POLICY_LOGO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "base/must.h"

#define LOGO_MAX 32768 /* bytes */

/* False, and what is wrong with it, as it goes on behind a file's name. */
MUST_CHECK bool logo_check(const char *svg, size_t len, struct fault *why);

#endif
