/*
 * xalloc - memory that is there, or the process ends.
 *
 * For what the program allocates by its own measure: records of its modules,
 * settings, tables. The parent starts a process that ended again, and nothing
 * that was promised depends on memory. What a stranger's input may size takes
 * base/buf.h or base/arena.h, behind a ceiling.
 *
 * Owns:  nothing; the caller frees with free().
 * Fails: never. Out of memory is one line on standard error and abort().
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Also for what a library could not allocate. */
_Noreturn static inline void
xalloc_failed(void)
{
	fputs("koshin: out of memory\n", stderr);
	abort();
}

/* `made`, unless it is NULL. */
static inline void *
xalloc_made(void *made)
{
	if (made == NULL)
		xalloc_failed();
	return made;
}

/* Not initialised; `size` is not 0. */
static inline void *
xmalloc(size_t size)
{
	return xalloc_made(malloc(size));
}

/* Zeroed. `count` and `size` are not 0; their product may not overflow. */
static inline void *
xcalloc(size_t count, size_t size)
{
	return xalloc_made(calloc(count, size));
}

/* As realloc(): what `old` held, in at least `size` bytes. */
static inline void *
xrealloc(void *old, size_t size)
{
	return xalloc_made(realloc(old, size));
}

/* A copy; NULL stays NULL. */
static inline char *
xstrdup(const char *text)
{
	return text == NULL ? NULL : xalloc_made(strdup(text));
}

/* A copy of at most `len` bytes, and NUL. */
static inline char *
xstrndup(const char *text, size_t len)
{
	return xalloc_made(strndup(text, len));
}

#endif
