/*
 * tls - the server's TLS: 1.2 and 1.3 with forward secrecy, a client
 * certificate that is asked for and not demanded, or not asked for, tickets
 * that any instance understands (EST-001..024).
 *
 * The handshake proves that the client holds the key of the certificate it
 * shows; whether that certificate means anything is asked of the ledger at
 * every request, resumed session or not (docs/decisions/0004).
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "http/client_chain.h"

struct tls_options {
	/* Its name. A session of one is resumed at no other: what was proved
	 * there was not proved here. */
	const char *listener;
	const char *certificate;  /* file, PEM: leaf, then intermediates */
	const char *key;	  /* secret file, PEM */
	const char *const *names; /* SNI names that are ours (EST-023) */
	unsigned names_count;	  /* 0: those of the certificate are */
	/* Who comes is a browser, which would ask its user for a certificate,
	 * and once more at each visit: none is asked for. */
	bool no_client_certificate;
	const char *ticket_key; /* secret file; NULL: no tickets */
	unsigned session_s;	/* life of a ticket */
	X509 *issuer; /* of the client certificates asked for (EST-018) */
	struct client_chain_limits chain; /* of what clients show */
};

/*
 * From here on what OpenSSL takes is held (base/held.h): a ClientHello alone
 * may be 128 KiB. False: something of OpenSSL was used before.
 */
bool tls_holds_memory(void);

/* Did its handshake fail because of what the client has shown? */
bool tls_chain_refused(const SSL *);

/*
 * Reads certificate, key and ticket key. NULL and a reason (`file: what`) if
 * something does not fit. Free with SSL_CTX_free(); connections that live
 * hold references. Used by all threads. The options must outlive it.
 */
SSL_CTX *tls_new(const struct tls_options *, struct fault *why);

/* Its handshake is over: what nobody asks for any more goes. */
void tls_has_shaken(SSL *);

#endif
