/*
 * extension - how an Extension (RFC 5280 4.1) is written, in certificates and
 * in CRLs: from its OID to the end of its OCTET STRING.
 *
 *	struct extension_mark e = extension_open(out, OID_KEY_USAGE, true);
 *	der_put(out, DER_BIT_STRING, ...);
 *	extension_close(out, e);
 */
#ifndef PKI_EXTENSION_H
#define PKI_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/must.h"
#include "pki/ca.h"
#include "pki/oid.h"

struct extension_mark {
	size_t sequence, octets;
};

MUST_CHECK struct extension_mark extension_open(
    struct buf *, enum oid, bool critical);
void extension_close(struct buf *, struct extension_mark);

/* authorityKeyIdentifier: whose key signs this (RFC 5280 4.2.1.1). */
void extension_put_authority(const struct ca *, struct buf *);

#endif
