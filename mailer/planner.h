/*
 * planner - when the notices of certificates that near their end (R-MAIL-1) or
 * are not installed a day after their issue (R-MAIL-7) are made: at the start,
 * every quarter of an hour, and when a day has just begun. What was missed
 * while nobody ran is made up for by the next run.
 *
 * Every courier has one. They plan one after the other, and the outbox sees
 * to it that nothing is planned twice (F-72).
 */
#ifndef MAILER_PLANNER_H
#define MAILER_PLANNER_H

#include <stdbool.h>

struct event_base;
struct outbox;
struct planner;

/* Runs at once, and again by itself. `installed`: there is a place that sees
 * certificates in use, and so knows which are not (R-MAIL-7). */
struct planner *planner_new(
    struct event_base *, struct outbox *, bool installed);
void planner_free(struct planner *); /* NULL is fine */

#endif
