#include "base/buf.h"

#include "base/held.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first allocation; most messages of the program are a little larger. */
#define FIRST_ROOM ((size_t)256)

/*
 * Makes room for `len` more bytes and a NUL. Not with realloc(), which would
 * leave the old bytes behind unwiped. Returns false, and the buffer has
 * failed, when the ceiling or memory does not allow it.
 */
static bool
reserve(struct buf *b, size_t len)
{
	size_t room = b->room > 0 ? b->room : FIRST_ROOM;
	char *at;

	if (b->failed || len > b->ceiling - b->used) {
		b->failed = true;
		return false;
	}
	if (b->used + len < b->room)
		return true;
	while (room <= b->used + len)
		room *= 2;
	if (room > b->ceiling + 1)
		room = b->ceiling + 1;
	at = held_malloc(room);
	if (at == NULL) {
		b->failed = true;
		return false;
	}
	if (b->at != NULL) {
		memcpy(at, b->at, b->used);
		explicit_bzero(b->at, b->used);
		held_free(b->at);
	}
	b->at = at;
	b->room = room;
	return true;
}

void
buf_init(struct buf *b, size_t ceiling)
{
	assert(ceiling < SIZE_MAX / 4); /* doubling cannot wrap around */
	memset(b, 0, sizeof(*b));
	b->ceiling = ceiling;
}

void
buf_free(struct buf *b)
{
	if (b->at != NULL)
		explicit_bzero(b->at, b->room);
	held_free(b->at);
	buf_init(b, b->ceiling);
}

void
buf_clear(struct buf *b)
{
	if (b->at != NULL) {
		explicit_bzero(b->at, b->used);
		b->at[0] = '\0';
	}
	b->used = 0;
	b->failed = false;
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (len == 0 || !reserve(b, len))
		return;
	memcpy(b->at + b->used, bytes, len);
	b->used += len;
	b->at[b->used] = '\0';
}

void
buf_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_byte(struct buf *b, unsigned char byte)
{
	buf_add(b, &byte, 1);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(len >= 0);
	if (len == 0 || !reserve(b, (size_t)len))
		return;
	va_start(args, format);
	vsnprintf(b->at + b->used, (size_t)len + 1, format, args);
	va_end(args);
	b->used += (size_t)len;
}

bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}
