/*
 * channel_binding - what only the two ends of this very connection know, as
 * base64: tls-unique on TLS 1.2 (RFC 5929), tls-exporter on TLS 1.3 (RFC 9266
 * by analogy, EST-233).
 */
#ifndef HTTP_CHANNEL_BINDING_H
#define HTTP_CHANNEL_BINDING_H

#include <openssl/ssl.h>
#include <stddef.h>

#define CHANNEL_BINDING_SIZE (EVP_MAX_MD_SIZE * 2)

/*
 * How many bytes it has, without NUL. 0: there is none, on plain HTTP (NULL)
 * and on TLS 1.2 without extended master secret (EST-234).
 */
size_t channel_binding_value(SSL *, char value[CHANNEL_BINDING_SIZE]);

#endif
