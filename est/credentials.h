/*
 * credentials - the steps that find out who asks: Authorization, address
 * limit, account, password (est-conformance 4.2 steps 2 to 6).
 */
#ifndef EST_CREDENTIALS_H
#define EST_CREDENTIALS_H

#include "est/est.h"

enum flow_next credentials_read(struct flow *);
enum flow_next credentials_limit(struct flow *);
enum flow_next credentials_find(struct flow *);
enum flow_next credentials_check(struct flow *);
enum flow_next credentials_judge(struct flow *);

#endif
