/*
 * utf8 - code points of text from outside, and which of them have no place
 * in a name, or in any text: one table.
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

/* What it is to somebody who reads a name. */
enum utf8_class {
	UTF8_SEEN,
	UTF8_SPACE,
	/*
	 * Never seen by itself: format characters (Cf) such as marks of
	 * direction, zero-width characters, fillers, variation selectors. With
	 * one of them two names look alike, so that no name has any.
	 */
	UTF8_HIDDEN,
	/*
	 * Control characters (C0, DEL, C1), line and paragraph separator,
	 * embeddings, overrides and isolates of direction, the byte order
	 * mark, noncharacters: they break or turn the line they stand in.
	 */
	UTF8_CONTROL,
};
enum utf8_class utf8_class(uint32_t point);

/* UTF8_CONTROL: no place in any text, a mail's neither. */
bool utf8_forbidden(uint32_t point);

/*
 * The character at `*at` as it may be shown, `*size` bytes; moves `*at` behind
 * it. U+FFFD stands for what is forbidden, and for each byte that is malformed.
 */
const char *utf8_shown(const char *text, size_t len, size_t *at, size_t *size);

#endif
