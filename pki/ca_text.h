/*
 * ca_text - the CA's certificates for people to look at and to take away.
 */
#ifndef PKI_CA_TEXT_H
#define PKI_CA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "base/must.h"
#include "pki/ca.h"

struct ca_text {
	char subject[512];    /* RFC 4514, UTF-8; cut if it is longer */
	char serial[43];      /* hexadecimal */
	char fingerprint[96]; /* SHA-256, as openssl writes it: AA:BB:... */
	time_t not_before, not_after;
};

/* 0 is the issuing CA, the next those above it, up to the root. */
size_t ca_text_count(const struct ca *);
void ca_text_of(const struct ca *, size_t n, struct ca_text *);
/* The same of any certificate. */
void ca_text_read(X509 *, struct ca_text *);
MUST_CHECK bool ca_text_pem(const struct ca *, size_t n, FILE *out);

#endif
