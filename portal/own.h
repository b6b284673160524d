/*
 * own - the steps about what a member reads and changes about himself (R-ACC-8,
 * R-WEB-5; docs/decisions/0058-own-details.md). All stand behind MEMBER_STEPS.
 *
 * But for the password it is done in the session of the database, which knows
 * whose it is; no request names a user.
 *
 * What is done is on its way when the client leaves, and is done.
 */
#ifndef PORTAL_OWN_H
#define PORTAL_OWN_H

#include "http/flow.h"

/* What stands about him is the answer. */
enum flow_next own_find(struct flow *);

/* The password of today, typed anew: what the session has does not do (T3). */
enum flow_next own_check_password(struct flow *);
/* Behind that, and behind registration_judge_password(): another one in its
 * place. The session goes on by that one, at the menu; all others are over. */
enum flow_next own_write_password(struct flow *);

/* Each behind the judgement of that field. */
enum flow_next own_write_name(struct flow *);
enum flow_next own_write_email(struct flow *); /* it waits (T3) */
enum flow_next own_write_locale(struct flow *);

/* Before an address is asked for: the mail to the old one has a code for it. */
enum flow_next own_prepare_email(struct flow *);
/* `code` of the request is eight digits. */
enum flow_next own_judge_code(struct flow *);
/* Behind that: an attempt, as any; what the session has stands for the
 * password. */
enum flow_next own_begin_attempt(struct flow *);
/* And it is that code: the address waits no more. */
enum flow_next own_confirm_email(struct flow *);

/* The address that waits is given up. */
enum flow_next own_keep_email(struct flow *);
/* auth has Redis follow what the database says was done (O-09). */
enum flow_next own_settle(struct flow *);

/* The calendar has an address, another one than before, which is in the answer
 * and nowhere else (portal/feed.h); or none any more. */
enum flow_next own_begin_calendar(struct flow *);
enum flow_next own_end_calendar(struct flow *);

#endif
