/*
 * digest - a SHA-256, of a request, a key, a certificate; and an HMAC-SHA-256,
 * which is as long. Structs, so that the wrong bytes do not compile.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"
#include "base/secret.h"

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1) /* with its NUL */

struct digest {
	unsigned char bytes[DIGEST_SIZE];
};

/* SHA-256. */
struct digest digest_of(const void *bytes, size_t len);
/* HMAC-SHA-256. */
struct digest digest_keyed(
    const struct secret_key *, const void *bytes, size_t len);

MUST_CHECK bool digest_equal(
    const struct digest *, const struct digest *); /* constant time */

/* Exactly 64 hexadecimal digits, of any case; `out` is else undefined. */
MUST_CHECK bool digest_read(const char *hex, struct digest *out);
void digest_write(const struct digest *, char hex[DIGEST_HEX_SIZE]);

#endif
