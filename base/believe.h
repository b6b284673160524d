/*
 * believe - what another process has sent is bytes: a flag is one only when it
 * is 0 or 1, a text only when it ends. Whoever takes a message asks here before
 * he uses either, for a compiler takes both for granted.
 */
#ifndef BASE_BELIEVE_H
#define BASE_BELIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool
believe_flag(const bool *flag)
{
	unsigned char byte;

	memcpy(&byte, flag, 1);
	return byte <= 1;
}

/* In a field of `size` bytes. */
static inline bool
believe_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

#endif
