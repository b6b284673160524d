/*
 * ec_key - somebody's public key on a curve of ours, and a signature checked
 * with it. Thread-safe; needs no memory of its own but for the key.
 */
#ifndef PKI_EC_KEY_H
#define PKI_EC_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"
#include "pki/der.h"
#include "pki/key.h"

/*
 * Is it a point on this curve, both coordinates below p? Its length and form
 * have been looked at. False: it is not, or there is no memory; what OpenSSL
 * has said tells which.
 */
MUST_CHECK bool ec_key_good(const struct key_form *, const struct der *point);

/* The same, and the key, which is the caller's. */
MUST_CHECK bool ec_key_read(
    const struct key_form *, const struct der *point, EVP_PKEY **key);

/* As EVP_PKEY_verify() says it: 1, 0 or below. */
MUST_CHECK int ec_key_verify(EVP_PKEY *, const unsigned char *digest,
    size_t digest_len, struct der signature);

#endif
