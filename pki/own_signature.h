/*
 * own_signature - was this signed with our own key? The same answer as
 * EVP_PKEY_verify() gives, in half of its time, for the one key that signs
 * everything: P-256, with a table of multiples of its public point beside the
 * one that OpenSSL has for the curve's (docs/decisions/0034).
 *
 * Public half only; not for secrets. One thread at a time.
 */
#ifndef PKI_OWN_SIGNATURE_H
#define PKI_OWN_SIGNATURE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

struct own_signature;

/* Of a public key on P-256; NULL for another, or if OpenSSL has no tables. */
struct own_signature *own_signature_new(EVP_PKEY *);
void own_signature_free(struct own_signature *);

/* Is it one of these 32 bytes, in DER (RFC 3279 2.2.3)? */
#define OWN_SIGNATURE_DIGEST 32
MUST_CHECK bool own_signature_good(const struct own_signature *,
    const unsigned char digest[OWN_SIGNATURE_DIGEST],
    const unsigned char *signature, size_t len);

#endif
