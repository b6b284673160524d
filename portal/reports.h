/*
 * reports - what browsers say of our pages: that the policy which a page comes
 * with has kept something from it (CSP). It is a mistake of ours, an extension
 * of theirs, or somebody who puts something in. Counted, and told in the log:
 * the first with what it was, those that follow within a minute in one line,
 * so that a flood fills no log.
 *
 * Owns:    the timer of that line.
 * Waits:   never.
 * Threads: that of its event base.
 */
#ifndef PORTAL_REPORTS_H
#define PORTAL_REPORTS_H

#include <stdint.h>

#define REPORTS_PATH "/reports"

struct event_base;
struct endpoint;
struct loop_timer;

struct reports {
	struct event_base *base;
	uint64_t untold;
	struct loop_timer *soon; /* the next line */
};

/* With none yet; its lines are written from that loop. */
void reports_begin(struct reports *, struct event_base *);
/* Tells what has not been told. */
void reports_end(struct reports *);

extern const struct endpoint reports_endpoint;

#endif
