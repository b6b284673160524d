#include "base/held.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WIPED_MAX ((size_t)4 << 20)

/* Below zero where more was given back here than taken. */
static _Thread_local int64_t held;

void *
held_malloc(size_t size)
{
	void *at = malloc(size);

	held += (int64_t)malloc_usable_size(at);
	return at;
}

void
held_free(void *at)
{
	held -= (int64_t)malloc_usable_size(at);
	free(at);
}

void
held_wipe(void *at)
{
	size_t size = malloc_usable_size(at);

	if (size > 0 && size <= WIPED_MAX)
		explicit_bzero(at, size);
	held_free(at);
}

/* realloc() would leave the old bytes where they were when it moves them. */
void *
held_more(void *old, size_t size)
{
	size_t keep = malloc_usable_size(old);
	void *at = held_malloc(size);

	if (at == NULL)
		return NULL;
	if (old != NULL)
		memcpy(at, old, keep < size ? keep : size);
	held_wipe(old);
	return at;
}

size_t
held_bytes(void)
{
	return held > 0 ? (size_t)held : 0;
}
