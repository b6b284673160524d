/*
 * brand - whose pages these are: name and help desk (service), logo and colour
 * (portal). Made at the start; `/brand.js` has it for the pages, which put it
 * where it belongs (portal/pages/words.js), and `/brand.svg` is the logo.
 *
 * Owns:    what it has made, until brand_free().
 * Waits:   for the disk, once.
 * Threads: any; nothing changes.
 */
#ifndef PORTAL_BRAND_H
#define PORTAL_BRAND_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/must.h"
#include "portal/files.h"

#define BRAND_FILES 2
#define BRAND_ETAG_SIZE 19 /* 16 digits in quotes, and a NUL */

struct config;

struct brand {
	struct buf script, logo;
	char etags[BRAND_FILES][BRAND_ETAG_SIZE];
	struct file files[BRAND_FILES];
};

/* False, and the file with what is wrong with it; free it all the same. */
MUST_CHECK bool brand_make(
    struct brand *, const struct config *, struct fault *why);
void brand_free(struct brand *);

/* NULL: none of it is at that path. */
const struct file *brand_find(const struct brand *, const char *path);

#endif
