/*
 * guard - steps that stand before all others: is this request meant for us,
 * and does it come from our own pages?
 */
#ifndef PORTAL_GUARD_H
#define PORTAL_GUARD_H

#include "http/flow.h"

/* Host is this listener's, with any port or none, and the name that the
 * connection was made under; else 421 (RFC 9110 15.5.20): who has a name of his
 * own point to us shares no cookie and no cache with us. */
enum flow_next guard_host(struct flow *);

/* It comes from our own pages (J-01): Sec-Fetch-Site says `same-origin`, or,
 * where a browser does not send it, Origin is ours. Behind guard_host(). */
enum flow_next guard_origin(struct flow *);

/*
 * What changes something comes from there, too, and says that it is JSON, which
 * no form of another site can.
 */
enum flow_next guard_page(struct flow *);

/*
 * It comes from a page of the portal or of the member area, under whichever
 * label, and that page may read the answer. For what is asked across names: a
 * browser tells the Origin of each such request, and no other site's passes.
 */
enum flow_next guard_sites(struct flow *);

#endif
