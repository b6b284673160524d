/*
 * credentials - the steps that find out who asks: certificate, password and
 * code (est-conformance 4.2). What is behind a password or code is asked of
 * auth/ask.h.
 */
#ifndef EST_CREDENTIALS_H
#define EST_CREDENTIALS_H

#include "est/est.h"

/*
 * Steps of est/enroll.c, which says when each runs. They leave in the flow's
 * struct enroll who asks and how far that is proved, or refuse.
 */
enum flow_next credentials_read_certificate(struct flow *);
/* Whose certificate is renewed: refused, unless it is good; the profile is that
 * of the certificate, and may say that nothing else is looked at. */
enum flow_next credentials_find_holder(struct flow *);
enum flow_next credentials_read(struct flow *);
enum flow_next credentials_check_password(struct flow *);
/* Ends step 1, by a mail or by a refusal. */
/* Also of a request that will be refused: the code may be spent for it. */
enum flow_next credentials_check_code(struct flow *);
/* After the certificate: failures and locks to zero, if Redis is there. */
enum flow_next credentials_clear_counters(struct flow *);

/* endpoint.leave: the attempt ends with its request. */
void credentials_leave(struct flow *);

#endif
