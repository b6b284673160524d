/*
 * attributes - what a certification request asks for beside its key: the
 * attributes of PKCS #9, EST and RFC 7894, and requested extensions.
 *
 * A part of pki/csr. What EST gives no meaning to is looked at only as far as
 * it could be a trap (EST-155..159).
 */
#ifndef PKI_ATTRIBUTES_H
#define PKI_ATTRIBUTES_H

#include "base/must.h"
#include "pki/csr.h"

/* `attributes` is the content of [0]; it has passed der_good(). */
MUST_CHECK const char *attributes_read(
    const struct der *attributes, struct csr *);

#endif
