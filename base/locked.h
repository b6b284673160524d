/*
 * locked - memory for keys: whole pages that are neither swapped out nor
 * dumped, with pages around them that nobody can touch.
 *
 * A piece costs two pages and a dozen calls of the kernel, which hold up every
 * thread that maps memory at the moment. Four that were given back are kept for
 * the next of their size: for what comes and goes, as passwords do.
 *
 * Fails: NULL, as malloc(). Where the limit (RLIMIT_MEMLOCK) does not let us
 *        lock, it is memory all the same, and locked_short() says so.
 */
#ifndef BASE_LOCKED_H
#define BASE_LOCKED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

/* Zeroed. */
MUST_CHECK void *locked_new(size_t size);
/* Wiped at once. NULL is fine. */
void locked_free(void *);

/* Tries whether so many more pieces of that size could be locked. */
void locked_try(size_t pieces, size_t size);
/* Another allocator's memory could not be locked. */
void locked_missed(void);
/* Something that should be locked is not, in this process. */
bool locked_short(void);

#endif
