/*
 * hash - the digests that are made for every certificate. OpenSSL's code uses
 * what the processor has for them, where base/digest.h, for who has no OpenSSL,
 * takes four times as long; fetched once, for each fetch takes as long as a
 * short digest. Thread-safe.
 */
#ifndef PKI_HASH_H
#define PKI_HASH_H

#include <openssl/evp.h>
#include <stddef.h>

#include "base/digest.h"
#include "pki/oid.h"

/* SHA-256, -384 or -512; NULL for any other OID. */
const EVP_MD *hash_by_oid(enum oid);

/* The same as digest_of(). */
struct digest hash_sha256(const void *bytes, size_t len);

/* SHA-1, for names of keys alone (RFC 5280 4.2.1.2). False: no memory. */
#define HASH_SHA1_SIZE 20
MUST_CHECK bool hash_sha1(
    const void *bytes, size_t len, unsigned char out[HASH_SHA1_SIZE]);

#endif
