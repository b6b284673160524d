/*
 * cms - certs-only SignedData (RFC 5272 4.1), the form of every certificate
 * answer of EST; bytes as est-conformance 2.2 shows them.
 */
#ifndef PKI_CMS_H
#define PKI_CMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/must.h"
#include "pki/ca.h"
#include "pki/der.h"

/* Certificates come out in DER SET OF order. False if it does not fit. */
MUST_CHECK bool cms_certs_only(
    struct buf *out, const struct der *certificates, size_t count);

/* The same of a CA's certificate and those above it. */
MUST_CHECK bool cms_ca_certificates(struct buf *out, const struct ca *);

#endif
