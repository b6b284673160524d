/*
 * client_chain - the certificates that a client shows, looked at before they
 * are decoded: OpenSSL decodes all of them, key by key, and asks nobody.
 *
 * Bytes in, a verdict out: a Certificate message without its header (RFC 5246
 * 7.4.2, RFC 8446 4.4.2). Good are three certificates at most, each in DER,
 * with a key that costs little to decode: RSA to 4096 bits with an exponent to
 * 64, an uncompressed point on P-256, P-384 or P-521 by name, Ed25519. What a
 * certificate means is asked elsewhere (docs/decisions/0004).
 */
#ifndef HTTP_CLIENT_CHAIN_H
#define HTTP_CLIENT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

/* May OpenSSL decode this? True for a message without certificates. */
bool client_chain_good(const unsigned char *message, size_t len, bool tls13);

#endif
