/*
 * buf - bytes that grow up to a ceiling they are born with.
 *
 * A buffer that would pass its ceiling (or finds no memory) stays as it is,
 * takes nothing more and remembers that it failed: write a whole message,
 * then ask buf_ok() once. NUL-terminated behind `used`, so that text in it
 * can be printed. Wiped when it grows and when it is freed. What is added must
 * not be a part of the buffer itself.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

struct buf {
	char *at;	/* NULL until something is added */
	size_t used;	/* bytes in use, without the NUL */
	size_t room;	/* bytes allocated */
	size_t ceiling; /* `used` never passes this */
	bool failed;	/* something did not fit */
};

/* Allocates nothing yet. `ceiling` counts bytes without the NUL. */
void buf_init(struct buf *, size_t ceiling);
void buf_free(struct buf *);  /* back to the state after buf_init */
void buf_clear(struct buf *); /* empty, keeps room; clears `failed`; wipes */

/* Copied behind the others, as a whole or not at all. */
void buf_add(struct buf *, const void *bytes, size_t len);
void buf_text(struct buf *, const char *text);
void buf_byte(struct buf *, unsigned char byte);
void buf_printf(struct buf *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

MUST_CHECK bool buf_ok(const struct buf *);

#endif
