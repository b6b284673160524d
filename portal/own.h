/*
 * own - the steps about what a member changes about himself (R-ACC-8, R-WEB-5).
 * All of it is done by auth, which is shown what the session has in the place
 * of the password, or the password itself (docs/decisions/0058-own-details.md).
 */
#ifndef PORTAL_OWN_H
#define PORTAL_OWN_H

#include "http/flow.h"

/* The password of today, typed anew: what the session has does not do (T3). */
enum flow_next own_check_password(struct flow *);
/* Behind that, and behind registration_judge_password(): another one in its
 * place. The session goes on by that one, at the menu; all others are over. */
enum flow_next own_write_password(struct flow *);

#endif
