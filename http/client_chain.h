/*
 * client_chain - the certificates that a client shows, looked at before they
 * are decoded: OpenSSL decodes all of them, key by key, and asks nobody.
 *
 * Bytes in, a verdict out: a Certificate message without its header (RFC 5246
 * 7.4.2, RFC 8446 4.4.2). Good are three certificates at most, each in DER,
 * with a key that costs little to decode: RSA to 4096 bits, or what a profile
 * takes, with an exponent to 64; an uncompressed point on P-256, P-384 or P-521
 * by name; a good one of Ed25519. What a certificate means is asked elsewhere
 * (docs/decisions/0004).
 */
#ifndef HTTP_CLIENT_CHAIN_H
#define HTTP_CLIENT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/profile.h"

struct client_chain_limits {
	size_t bytes;	   /* of the whole message */
	unsigned rsa_bits; /* of one key's modulus */
};

/*
 * What a good client may have to show: it follows from the RSA keys that the
 * profiles take and the one that signs (0: another kind signs).
 */
struct client_chain_limits client_chain_limits(
    const struct profile *, unsigned count, unsigned issuer_rsa_bits);

/* May OpenSSL decode this? True for a message without certificates. */
bool client_chain_good(const unsigned char *message, size_t len, bool tls13,
    const struct client_chain_limits *);

#endif
