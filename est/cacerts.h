/*
 * cacerts - /cacerts: the CA's certificates, from memory (RFC 7030 4.1.3,
 * EST-130..136). Independent of database, Redis and issuer.
 */
#ifndef EST_CACERTS_H
#define EST_CACERTS_H

#include "est/est.h"

extern const struct endpoint cacerts_endpoint;

/* The bag: root and intermediates, certs-only. NULL, or what is wrong. */
const char *cacerts_make(const struct ca *, struct est_text *);

#endif
