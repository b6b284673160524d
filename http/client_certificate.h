/*
 * client_certificate - the TLS client certificate of a connection, as far as
 * it says which one it is. Whether it is good the ledger alone knows: a
 * certificate that is byte-equal to a ledger row is one that we signed, and
 * the handshake has shown that the client holds its key
 * (docs/decisions/0004).
 */
#ifndef HTTP_CLIENT_CERTIFICATE_H
#define HTTP_CLIENT_CERTIFICATE_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "pki/der.h"
#include "policy/facts.h"

struct client_certificate {
	bool exists;
	struct serial serial;	   /* big-endian, left-padded */
	struct digest fingerprint; /* SHA-256 of the DER */
	struct der subject;	   /* Name; lives as the connection */
	struct der names;	   /* subjectAltName: GeneralNames, or empty */
};

/* Is there one, whosever it is? */
bool client_certificate_shown(SSL *);

/* A serial longer than ours cannot be ours: then nothing is presented. */
void client_certificate_read(SSL *, struct client_certificate *);

#endif
