/*
 * certificate - the steps around the certificate itself: may this holder have
 * it, is the certification request good, ask the issuer, hand it out.
 */
#ifndef EST_CERTIFICATE_H
#define EST_CERTIFICATE_H

#include "est/est.h"

/* 415 unless the body says, once, that it is PKCS #10 (EST-086). */
enum flow_next certificate_check_media_type(struct flow *);
/* The body -> e->csr, or what is wrong with it; a code in it is step 2. */
enum flow_next certificate_read_csr(struct flow *);
enum flow_next certificate_take_otp(struct flow *);
/* May this holder have one now? Refuses, unless a code waits to be checked. */
enum flow_next certificate_decide(struct flow *);
/* Key, signature, profile, channel binding: what is wrong is kept. */
enum flow_next certificate_prove(struct flow *);
/* Nobody else's key, before the code is spent; what is wrong is kept. */
enum flow_next certificate_check_key(struct flow *);
/* What was kept, now that the code is right. */
enum flow_next certificate_tell_refusal(struct flow *);
/* The certificate, durable in the ledger, is the answer. */
enum flow_next certificate_ask_issuer(struct flow *);

/* Refuses as the decision says, which is not ALLOWED. */
enum flow_next certificate_refuse(struct flow *, const struct decision *);

#endif
