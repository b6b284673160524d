/*
 * utf8 - code points of text from outside, and which of them have no place
 * in a name.
 */
#ifndef POLICY_UTF8_H
#define POLICY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_MAX

/*
 * The code point at `*at`, which is below `len`; moves `*at` behind it.
 * UTF8_BAD, and `*at` stays, for what is not well-formed: overlong forms,
 * surrogates, above U+10FFFF, cut off, NUL.
 */
uint32_t utf8_next(const char *text, size_t len, size_t *at);

/*
 * Control characters (C0, DEL, C1), line and paragraph separator, embeddings,
 * overrides and isolates of direction, the byte order mark, noncharacters:
 * they make a name look like another, or break the line it stands in.
 */
bool utf8_forbidden(uint32_t point);

/* A space, or something that is never seen by itself. */
bool utf8_blank(uint32_t point);

#endif
