/*
 * sealed - bytes that only who has the key can read, and nobody can change
 * (XSalsa20-Poly1305, with a number of its own each time).
 *
 * Fails:   sealed_open() says false: another key, or other bytes.
 * Threads: any.
 */
#ifndef BASE_SEALED_H
#define BASE_SEALED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"
#include "base/secret.h"

#define SEALED_MORE 40 /* bytes that they are longer */

/* `out` has room for `len` + SEALED_MORE. */
void sealed_close(
    const struct secret_key *, const void *bytes, size_t len, void *out);
/* `out` has room for `len` - SEALED_MORE; wiped where it says false. */
MUST_CHECK bool sealed_open(
    const struct secret_key *, const void *sealed, size_t len, void *out);

#endif
