/*
 * onetime - the steps around the one-time code: make it and queue its mail
 * (step 1, R-AUTH-1), compare and spend it for one CSR (step 2, I-6).
 */
#ifndef EST_ONETIME_H
#define EST_ONETIME_H

#include "est/est.h"

enum flow_next onetime_make(struct flow *);
enum flow_next onetime_mail(struct flow *);
enum flow_next onetime_spend(struct flow *);

#endif
