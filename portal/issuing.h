/*
 * issuing - the steps about what is asked for: the certification request, its
 * key, and the certificate.
 */
#ifndef PORTAL_ISSUING_H
#define PORTAL_ISSUING_H

#include "base/must.h"
#include "http/flow.h"

struct buf;

/* The code's form, and the request: what cannot be read is refused at once. */
enum flow_next issuing_read_request(struct flow *);
/* Key, signature, profile: a fault is kept until the code was right. */
enum flow_next issuing_prove(struct flow *);
enum flow_next issuing_check_key(struct flow *);
/* Behind the code: a fault of the request, or of who asks. */
enum flow_next issuing_tell_refusal(struct flow *);
/* Durable when it is answered (I-1). */
enum flow_next issuing_ask_issuer(struct flow *);
/* The members of an answer that hands the session's certificate over, with the
 * chain above it. False: it is none. */
MUST_CHECK bool issuing_put_certificate(struct flow *, struct buf *out);
/* How much they are at most, in bytes. */
size_t issuing_certificate_room(const struct flow *);

/* "rsa-2048": the key that a page makes for the profile. */
const char *issuing_key(const struct flow *);

#endif
