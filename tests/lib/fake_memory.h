/*
 * fake_memory - what the fakes take for themselves: zeroed, given back by
 * free(), and not among the allocations of fake_malloc.
 */
#ifndef TESTS_LIB_FAKE_MEMORY_H
#define TESTS_LIB_FAKE_MEMORY_H

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static inline void *
fake_memory(size_t size)
{
	void *at = aligned_alloc(16, (size + 15) / 16 * 16);

	assert(at != NULL);
	return memset(at, 0, size);
}

#endif
