/*
 * b64 - base64 of RFC 4648 section 4: strict where the standard is, tolerant
 * of white space where RFC 8951 3.1 asks for it (EST-081, EST-082).
 */
#ifndef BASE_B64_H
#define BASE_B64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

enum b64_lines {
	B64_LINES_NONE, /* one unbroken line, no newline at the end */
	B64_LINES_64,	/* 64 columns, LF after every line, the last included */
};

/* Bytes that encoding `len` bytes gives, without a NUL. */
size_t b64_encoded_size(size_t len, enum b64_lines);
/* `out` has room for b64_encoded_size(); no NUL is added. Returns the size. */
size_t b64_encode(char *out, const void *bytes, size_t len, enum b64_lines);

/*
 * CR, LF, space and TAB are skipped anywhere when `white` is true. False for
 * anything else outside the alphabet, missing or wrong padding, text after
 * padding, spare bits that are not zero, or no byte at all; then `out` may
 * have been written and `*out_len` is 0. `out` has room for len / 4 * 3 + 3
 * bytes and may be `text` itself.
 */
MUST_CHECK bool b64_decode(const char *text, size_t len, bool white,
    unsigned char *out, size_t *out_len);

#endif
