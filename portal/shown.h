/*
 * shown - the one thing that a page asks the member area without a log-in:
 * does this browser show the certificate that was issued a moment ago? It asks
 * under a label of that name that the browser has never seen, and TLS has shown
 * who has the key (docs/decisions/0061).
 */
#ifndef PORTAL_SHOWN_H
#define PORTAL_SHOWN_H

#include "http/flow.h"

/* Step: is what the connection shows a good one of ours? Nobody is refused for
 * showing none. */
enum flow_next shown_find(struct flow *);
/* Is it good, and the ledger does not say *installed* yet? */
bool shown_unmarked(const struct flow *);
/* Step, where that is so: it says so before anybody is told (R-CERT-12). */
enum flow_next shown_mark(struct flow *);
/* Step: the answer. */
enum flow_next shown_reply(struct flow *);

#endif
