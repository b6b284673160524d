/*
 * reply - where the session is, which is what most operations answer: what the
 * page needs for its next step, and no more.
 */
#ifndef PORTAL_REPLY_H
#define PORTAL_REPLY_H

#include "http/flow.h"

/* Step. */
enum flow_next reply_session(struct flow *);

#endif
