/*
 * unicode - text in one normal form, by libunistring (R-ACC-5).
 *
 * The same name can be typed as different code points (a letter and its
 * accent as one or as two). What is stored, counted and compared is NFC.
 */
#ifndef BASE_UNICODE_H
#define BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

/*
 * Writes the NFC of `len` bytes of UTF-8 and a NUL. False, and `out` is
 * empty, if the text is not well-formed, contains a NUL or does not fit
 * `size` bytes (at least 1). `out` must not be part of `utf8`.
 */
MUST_CHECK bool unicode_nfc(
    const char *utf8, size_t len, char *out, size_t size);
/*
 * Whether NFC puts another character in place of one in this text, which may
 * look another way: U+798F in place of the compatibility ideograph U+FA1B. An
 * accent that joins its letter is no such case. Well-formed UTF-8.
 */
MUST_CHECK bool unicode_is_replaced(const char *utf8, size_t len);

#endif
