/*
 * handover - what a browser is told of a certificate, and given with it: it
 * reads no DER where it need not.
 */
#ifndef PKI_HANDOVER_H
#define PKI_HANDOVER_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/must.h"
#include "base/serial.h"
#include "pki/ca.h"

struct handover {
	struct serial serial;
	time_t not_before, not_after;
	/* When it was issued, as its CN says it (R-CERT-7), or not_before: 14
	 * digits of the local time. */
	char issued[15];
};

/* False: it is none. */
MUST_CHECK bool handover_read(const struct der *certificate, struct handover *);

/* How many certificates are between it and the root, our own the first. */
size_t handover_chain_count(const struct ca *);
/* How long all of them are together. */
size_t handover_chain_size(const struct ca *);
/* One of them, as DER; a buffer that has failed: no memory. */
void handover_chain(const struct ca *, size_t which, struct buf *);

#endif
