/*
 * abandoned - gives up, every half minute, certificates whose issuer was lost
 * between reservation and record (F-15). The courier does it because there is
 * one at every instance, and it waits for nobody.
 */
#ifndef MAILER_ABANDONED_H
#define MAILER_ABANDONED_H

struct event_base;
struct outbox;
struct abandoned;

/* At once, and again by itself. */
struct abandoned *abandoned_new(struct event_base *, struct outbox *);
void abandoned_free(struct abandoned *); /* NULL is fine */

#endif
