/*
 * extensions - the extensions that a certification request asks for. None is
 * copied (R-CERT-7, EST-160); those that would make a CA or another authority
 * of the holder are refused, usages and subjectAltName are kept to be
 * compared (EST-156..159). A part of pki/csr.
 */
#ifndef PKI_EXTENSIONS_H
#define PKI_EXTENSIONS_H

#include "base/must.h"
#include "pki/csr.h"

/* `value` is the one value of extensionRequest: Extensions. */
MUST_CHECK const char *extensions_read(struct der value, struct csr *);

/* An Extension (RFC 5280 4.1). */
struct extension {
	struct der oid;
	struct der value; /* what is inside the OCTET STRING */
	bool critical;
	/* FALSE stands there, which DER leaves out: requests may (C-03). */
	bool default_written;
};
MUST_CHECK bool extensions_take(struct der *from, struct extension *);

#endif
