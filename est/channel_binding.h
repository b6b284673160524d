/*
 * channel_binding - proof that the certification request was made for this very
 * connection: RFC 7030 3.5, with tls-unique on TLS 1.2 (RFC 5929) and
 * tls-exporter on TLS 1.3 (RFC 9266 by analogy, EST-233).
 */
#ifndef EST_CHANNEL_BINDING_H
#define EST_CHANNEL_BINDING_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "pki/csr.h"

/*
 * True if challengePassword and estIdentityLinking, where present, hold the
 * value of this connection, and one of them is present when `required`.
 * False on TLS 1.2 without extended master secret (EST-234). Constant time.
 */
bool channel_binding_holds(SSL *, const struct csr *, bool required);

#endif
