#include "tests/lib/fake_malloc.h"

#include <stdlib.h>

static bool counting, rest;
static unsigned wanted, count;

void
fake_malloc_begin(unsigned n, bool all)
{
	wanted = n;
	rest = all;
	count = 0;
	counting = true;
}

unsigned
fake_malloc_end(void)
{
	counting = false;
	return count;
}

#ifndef __SANITIZE_ADDRESS__

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);

static bool
fails(void)
{
	if (!counting)
		return false;
	count++;
	return wanted != 0 && (count == wanted || (rest && count > wanted));
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

#endif
