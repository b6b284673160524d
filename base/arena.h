/*
 * arena - the memory of one request, freed and wiped as one.
 *
 * Owns:  everything that was allocated from it.
 * Fails: never; out of memory ends the process (the parent starts a new one,
 *        and nothing that was promised depends on memory).
 *
 * In sanitizer builds (-DARENA_SEPARATE) each allocation is a malloc of its
 * own, so that an overrun shows.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

/* Empty; arena_free() wipes what was put into it, and NULL is fine for it. */
struct arena *arena_new(void);
void arena_free(struct arena *);

void *arena_zero(struct arena *, size_t size); /* zeroed, aligned for all */
char *arena_text(struct arena *, const char *text, size_t len); /* adds NUL */
/* With its NUL, as long as it may be. */
char *arena_printf(struct arena *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
