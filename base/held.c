#include "base/held.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

/* Below zero where more was given back here than taken. */
static _Thread_local int64_t held, most;

static void
add(int64_t bytes)
{
	held += bytes;
	if (held > most)
		most = held;
}

void *
held_malloc(size_t size)
{
	void *at = malloc(size);

	add((int64_t)malloc_usable_size(at));
	return at;
}

void *
held_realloc(void *old, size_t size)
{
	size_t before = malloc_usable_size(old);
	void *at = realloc(old, size);

	if (at != NULL || size == 0)
		add((int64_t)malloc_usable_size(at) - (int64_t)before);
	return at;
}

void
held_free(void *at)
{
	held -= (int64_t)malloc_usable_size(at);
	free(at);
}

size_t
held_bytes(void)
{
	return held > 0 ? (size_t)held : 0;
}

size_t
held_less(void)
{
	return (size_t)(most - held);
}

void
held_give_back(void)
{
	malloc_trim(0);
	most = held;
}
