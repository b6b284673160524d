/*
 * certificate - the steps around the certificate itself: may this holder have
 * it, is the certification request good, ask the issuer, hand it out.
 */
#ifndef EST_CERTIFICATE_H
#define EST_CERTIFICATE_H

#include "est/est.h"

enum flow_next certificate_check_media_type(struct flow *);
enum flow_next certificate_read_csr(struct flow *);
enum flow_next certificate_decide(struct flow *);
enum flow_next certificate_prove(struct flow *);
enum flow_next certificate_check_key(struct flow *);
enum flow_next certificate_tell_refusal(struct flow *);
enum flow_next certificate_ask_issuer(struct flow *);

/* Refuses as the decision says, which is not ALLOWED. */
enum flow_next certificate_refuse(struct flow *, const struct decision *);

#endif
