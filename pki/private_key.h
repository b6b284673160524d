/*
 * private_key - a private key from PEM text; OpenSSL's reader alone would ask
 * for a password at the terminal.
 */
#ifndef PKI_PRIVATE_KEY_H
#define PKI_PRIVATE_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

/* Room for the text: that of an RSA key of 16384 bits is 13 KiB. */
#define PRIVATE_KEY_TEXT_MAX 16384

/*
 * The first key in `pem`, the caller's, or NULL. `password` may be NULL: then
 * none opens one that is encrypted. Whether it is goes to `*encrypted`, unless
 * that is NULL.
 */
EVP_PKEY *private_key_read(
    const char *pem, size_t len, const char *password, bool *encrypted);

#endif
