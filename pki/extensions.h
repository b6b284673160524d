/*
 * extensions - the extensions that a certification request asks for. None is
 * copied (R-CERT-7, EST-160); those that would make a CA or another authority
 * of the holder are refused, keyUsage and subjectAltName are kept to be
 * compared (EST-156..159). A part of pki/csr.
 */
#ifndef PKI_EXTENSIONS_H
#define PKI_EXTENSIONS_H

#include "base/must.h"
#include "pki/csr.h"

/* `value` is the one value of extensionRequest: Extensions. */
MUST_CHECK const char *extensions_read(struct der value, struct csr *);

/*
 * Takes one Extension (RFC 5280 4.1); `value` is what is inside the OCTET
 * STRING.
 */
MUST_CHECK bool extensions_take(
    struct der *from, struct der *oid, bool *critical, struct der *value);

#endif
