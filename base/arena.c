/*
 * Allocations are cut from blocks, one after the other, and never given back
 * one by one. A block is wiped as far as it was handed out: the rest has never
 * held anything of ours.
 */
#include "base/arena.h"

#include "base/held.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef ARENA_SEPARATE
/* No block has room for a second allocation. */
#	define BLOCK_SIZE ((size_t)0)
#else
/* With its header and malloc's own, a block fills one page. */
#	define BLOCK_SIZE ((size_t)4096 - 64)
#endif

struct block {
	struct block *older;
	size_t used; /* bytes of `at` handed out */
	size_t size; /* bytes of `at` */
	max_align_t at[];
};

struct arena {
	struct block *newest;
	bool is_short;
};

static size_t
aligned(size_t size)
{
	size_t step = _Alignof(max_align_t);

	return (size + step - 1) / step * step;
}

/*
 * A large allocation gets a block of its own behind the newest one, whose
 * free room stays in use.
 */
static struct block *
block_new(struct arena *a, size_t size)
{
	size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	struct block *b = held_malloc(sizeof(*b) + room);

	if (b == NULL) {
		a->is_short = true;
		return NULL;
	}
	b->used = 0;
	b->size = room;
	if (a->newest != NULL && size > BLOCK_SIZE / 4) {
		b->older = a->newest->older;
		a->newest->older = b;
	} else {
		b->older = a->newest;
		a->newest = b;
	}
	return b;
}

static void *
take(struct arena *a, size_t size)
{
	struct block *b = a->newest;
	void *at;

	assert(size < SIZE_MAX / 2);
	if (b == NULL || b->used > b->size || b->size - b->used < size ||
	    BLOCK_SIZE == 0)
		b = block_new(a, size);
	if (b == NULL)
		return NULL;
	at = (unsigned char *)b->at + b->used;
	b->used += aligned(size);
	return at;
}

struct arena *
arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *a)
{
	struct block *b, *older;

	if (a == NULL)
		return;
	for (b = a->newest; b != NULL; b = older) {
		older = b->older;
		explicit_bzero(b->at, b->used < b->size ? b->used : b->size);
		held_free(b);
	}
	free(a);
}

bool
arena_short(const struct arena *a)
{
	return a->is_short;
}

void *
arena_zero(struct arena *a, size_t size)
{
	void *at = take(a, size);

	return at == NULL ? NULL : memset(at, 0, size);
}

char *
arena_text(struct arena *a, const char *text, size_t len)
{
	char *copy = take(a, len + 1);

	if (copy == NULL)
		return NULL;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(len >= 0);
	text = take(a, (size_t)len + 1);
	if (text == NULL)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}
