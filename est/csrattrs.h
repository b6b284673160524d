/*
 * csrattrs - /csrattrs: what a client should put into its request
 * (RFC 7030 4.5.2 as mended by RFC 8951 and 9908, EST-250..256). Advice: the
 * profile may take more kinds of keys than the one that is named here.
 */
#ifndef EST_CSRATTRS_H
#define EST_CSRATTRS_H

#include "est/est.h"

extern const struct endpoint csrattrs_endpoint;

/* DER of CsrAttrs for a profile. */
void csrattrs_der(const struct profile *, struct buf *);
/* The same as a body, for text_free(). NULL, or what is wrong. */
const char *csrattrs_make(const struct profile *, struct est_text *);

#endif
