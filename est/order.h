/*
 * order - the steps around the certificate itself: may this holder have it,
 * is the request good, ask the issuer, hand it out.
 */
#ifndef EST_ORDER_H
#define EST_ORDER_H

#include "est/flow.h"

enum next order_check_media_type(struct flow *);
enum next order_decode(struct flow *);
enum next order_decide(struct flow *);
enum next order_read_csr(struct flow *);
enum next order_check_key(struct flow *);
enum next order_judge(struct flow *);
enum next order_ask_issuer(struct flow *);
enum next order_reply(struct flow *);

#endif
