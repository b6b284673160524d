/*
 * arena - the memory of one request, freed and wiped as one.
 *
 * Owns:  everything that was allocated from it.
 * Fails: NULL, and arena_short() is true from then on: who leads the request
 *        asks that after each step, and answers 503 (http/engine.c).
 *
 * In sanitizer builds (-DARENA_SEPARATE) each allocation is a malloc of its
 * own, so that an overrun shows.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/*
 * Empty, NULL: no memory. arena_free() wipes what was put into it, and NULL is
 * fine for it.
 */
struct arena *arena_new(void);
void arena_free(struct arena *);

/* Has there once been no memory? */
bool arena_short(const struct arena *);

void *arena_zero(struct arena *, size_t size); /* zeroed, aligned for all */
char *arena_text(struct arena *, const char *text, size_t len); /* adds NUL */
/* With its NUL, as long as it may be. */
char *arena_printf(struct arena *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
