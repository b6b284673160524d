/*
 * keep - another mail address waits, and the owner of the one of today did not
 * ask for it: the link in the mail to that one leads to a page, whose button
 * gives it up (T3; docs/decisions/0068-email-by-code.md). Nobody logs in for
 * it. To fetch the page does nothing, since programs that look at mails follow
 * their links; and the token stands behind the `#` of the link, which no
 * browser sends, so that no log has it.
 */
#ifndef PORTAL_KEEP_H
#define PORTAL_KEEP_H

#include "http/flow.h"

/* What the JSON says. */
enum flow_next keep_read(struct flow *);
/* No address waits any more, that this token is of; else PROBLEM_LINK. */
enum flow_next keep_address(struct flow *);
/* The answer. */
enum flow_next keep_reply(struct flow *);

#endif
