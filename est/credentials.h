/*
 * credentials - the steps that find out who asks: certificate, password and
 * code (est-conformance 4.2). What is behind a password or code is asked of
 * auth/ask.h.
 */
#ifndef EST_CREDENTIALS_H
#define EST_CREDENTIALS_H

#include "est/est.h"

enum flow_next credentials_read(struct flow *);
enum flow_next credentials_find_holder(struct flow *);
enum flow_next credentials_check_password(struct flow *);
enum flow_next credentials_mail_code(struct flow *);
enum flow_next credentials_check_code(struct flow *);
enum flow_next credentials_clear_counters(struct flow *);

/* endpoint.leave: the attempt ends with its request. */
void credentials_leave(struct flow *);

#endif
