/*
 * revocation - the steps by which a member revokes a certificate of his own
 * (R-CERT-6): for another computer, or after one was lost. They stand behind
 * MEMBER_STEPS.
 *
 * The profile of the certificate says whether its holder may. It takes the
 * password, typed anew: whoever has found a browser open ends nothing. The
 * session of the database that begins with that is for the one act, and the
 * member's own goes on; but for one that rests on the certificate itself, which
 * ends as on every instance.
 *
 * What is done is on its way when the client leaves, and is done.
 */
#ifndef PORTAL_REVOCATION_H
#define PORTAL_REVOCATION_H

#include "http/flow.h"
#include "policy/facts.h"

/* `why` of the request is one that a holder, or a master, can know of. */
enum flow_next revocation_judge_why(struct flow *);

/* It is good, and its profile lets the holder do it. */
bool revocation_open(const struct flow *, const struct facts_certificate *);

/* `certificate` of the request is the member's, and may be revoked by him. */
enum flow_next revocation_find(struct flow *);
/* `password` of the request is his. */
enum flow_next revocation_prove(struct flow *);
/* Behind all of these. */
enum flow_next revocation_do(struct flow *);
/* The answer. */
enum flow_next revocation_tell(struct flow *);

#endif
