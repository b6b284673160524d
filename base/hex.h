/*
 * hex - bytes as hexadecimal digits, and back. Pure.
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

/* What a digit stands for, either case; -1 if it is none. */
int hex_digit(char c);

/* 2 * len small digits and NUL. */
void hex_write(char *out, const void *bytes, size_t len);

/*
 * Exactly `len` bytes from 2 * len digits of either case; what stands behind
 * them is not looked at. False at the first that is no digit (NUL is none, so
 * that a text may be too short); `out` is then undefined.
 */
MUST_CHECK bool hex_read(void *out, size_t len, const char *digits);

#endif
