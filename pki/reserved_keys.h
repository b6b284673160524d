/*
 * reserved_keys - the keys that are ours: the CA's, those above it, the TLS
 * server's. Nobody gets one of them certified (S-08, EST-154). The front
 * refuses them before a code is spent, the issuer refuses them again by
 * itself.
 */
#ifndef PKI_RESERVED_KEYS_H
#define PKI_RESERVED_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"
#include "pki/ca.h"
#include "policy/facts.h"

#define RESERVED_KEYS_MAX (CA_CHAIN_MAX + 2)

struct reserved_keys {
	struct digest identity[RESERVED_KEYS_MAX]; /* of pki/key.h */
	size_t count;
};

/* False if the server's certificate (PEM) cannot be read. */
MUST_CHECK bool reserved_keys_collect(
    struct reserved_keys *, const struct ca *, const char *server_certificate);

/* `identity` as key_identity() gives it. */
MUST_CHECK bool reserved_keys_has(
    const struct reserved_keys *, const struct digest *identity);

#endif
