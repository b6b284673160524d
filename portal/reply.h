/*
 * reply - where the session is, which is what most operations answer: what the
 * page needs for its next step, and no more.
 */
#ifndef PORTAL_REPLY_H
#define PORTAL_REPLY_H

#include "http/flow.h"

/* Step. */
enum flow_next reply_session(struct flow *);
/* Step, of a member: the menu, whatever the session is at; another window may
 * be at a renewal. */
enum flow_next reply_menu(struct flow *);

#endif
