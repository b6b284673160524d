#include "http/wipe.h"

#include <evhtp.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/held.h"

/* Larger pieces are of answers; no request is as large, nor are they secret. */
#define WIPED_MAX ((size_t)4 << 20)

static void
give_back(void *at)
{
	size_t size = malloc_usable_size(at);

	if (at == NULL)
		return;
	if (size <= WIPED_MAX)
		explicit_bzero(at, size);
	held_free(at);
}

/* realloc() would leave the old bytes where they were when it moves them. */
static void *
take_more(void *old, size_t size)
{
	size_t keep = old == NULL ? 0 : malloc_usable_size(old);
	void *at = held_malloc(size);

	if (at == NULL)
		return NULL;
	if (keep > size)
		keep = size;
	if (keep > 0)
		memcpy(at, old, keep);
	give_back(old);
	return at;
}

void
wipe_begin(void)
{
	evhtp_set_mem_functions(held_malloc, take_more, give_back);
}
