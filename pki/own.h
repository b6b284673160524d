/*
 * own - the keys that are ours: the CA's, those above it, the TLS server's.
 * Nobody gets one of them certified (S-08, EST-154). The front refuses them
 * before a code is spent, the issuer refuses them again by itself.
 */
#ifndef PKI_OWN_H
#define PKI_OWN_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/ca.h"
#include "policy/facts.h"

#define OWN_MAX (CA_CHAIN_MAX + 2)

struct own {
	unsigned char digest[OWN_MAX][FACTS_DIGEST_SIZE]; /* of each SPKI */
	size_t count;
};

/* False if the server's certificate (PEM) cannot be read. */
bool own_collect(
    struct own *, const struct ca *, const char *server_certificate);

/* `digest` is SHA-256 of a SubjectPublicKeyInfo. */
bool own_has(const struct own *, const unsigned char digest[FACTS_DIGEST_SIZE]);

#endif
