/*
 * identity - who the client is: certificates for TLS, passwords for HTTP.
 *
 * Owns:    everything in struct identities until identities_free(), which
 *          wipes the passwords.
 * Fails:   what cannot be read is named on stderr.
 */
#ifndef BENCH_IDENTITY_H
#define BENCH_IDENTITY_H

#include "bench/options.h"

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stddef.h>

struct identity {
	X509 *cert;		/* NULL: no client certificate */
	STACK_OF(X509) * chain; /* what follows it in the file */
	EVP_PKEY *key;		/* of cert */
	SSL_SESSION *session;	/* the newest, with --resume */
};

struct user {
	char *name;	     /* before the first colon */
	char *authorization; /* "Basic ...", secret */
};

struct identities {
	struct identity *certs; /* at least one, maybe an empty one */
	size_t cert_count;
	struct user *users;
	size_t user_count;
};

/*
 * False, and it is on stderr: a file cannot be used. identities_free() either
 * way.
 */
bool identities_load(struct identities *all, const struct options *o);

void identities_free(struct identities *all);

#endif
