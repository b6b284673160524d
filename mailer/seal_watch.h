/*
 * seal_watch - tells when the audit trail waits for its seals (I-12). Who
 * holds up the sealer holds up its lines in the log too, so another process
 * looks after it: every courier.
 *
 * Nothing is told of a row before this process has seen it wait for
 * SEAL_WATCH_S by its own clock: one that was committed late is not late.
 */
#ifndef MAILER_SEAL_WATCH_H
#define MAILER_SEAL_WATCH_H

#define SEAL_WATCH_S 10

struct event_base;
struct outbox;
struct seal_watch;

/* Looks at once, and again by itself. */
struct seal_watch *seal_watch_new(struct event_base *, struct outbox *);
void seal_watch_free(struct seal_watch *); /* NULL is fine */

#endif
