/*
 * reply - where the session is, which is what most operations answer: what the
 * page needs for its next step, and no more.
 */
#ifndef PORTAL_REPLY_H
#define PORTAL_REPLY_H

#include "http/flow.h"

struct buf;

/* Step. */
enum flow_next reply_session(struct flow *);
/* Step, of a member: the menu, whatever the session is at; another window may
 * be at a renewal. */
enum flow_next reply_menu(struct flow *);

/* Into an object: what a new password has to be, for the page to say so before
 * it is typed. */
void reply_put_policy(struct flow *, struct buf *out);

#endif
