/*
 * crumbs - the smallest allocations, side by side, for libevent.
 *
 * It has some 24 bytes for each descriptor, made when that is first used and
 * kept for good. Among what connections take, each would keep a page of theirs
 * from going back to the system: 4 KiB for each connection that ever was there
 * at once.
 *
 * Of all threads. What is larger, or does not fit any more, is held
 * (base/held.h).
 *
 * Fails: NULL, as malloc().
 */
#ifndef BASE_CRUMBS_H
#define BASE_CRUMBS_H

#include <stddef.h>

/* As malloc(), realloc() and free(), and wiped as there (base/wipe.c). */
void *crumbs_malloc(size_t size);
void *crumbs_realloc(void *old, size_t size);
void crumbs_free(void *);

#endif
