/*
 * delivery - one mail from the moment it was taken out of the outbox until
 * the outbox knows how it ended. It takes one of the places while it is sent.
 *
 * The outbox hears of several at once: one question is under way, and who ends
 * meanwhile, or some milliseconds behind another, goes with the next one. It is
 * owed word of some only, so that few are sent once more if this process is
 * killed or the database gone.
 */
#ifndef MAILER_DELIVERY_H
#define MAILER_DELIVERY_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

#include "db/outbox.h"
#include "mailer/compose.h"
#include "mailer/smtp.h"

struct event_base;
struct delivery;

/* All that are under way, and what they share. */
struct deliveries {
	struct event_base *base;
	struct outbox *outbox;
	struct smtp *smtp;
	struct compose compose; /* its texts may change between mails */
	unsigned give_up_h, retry_first_s, retry_last_s;

	/* The relay was asked: how it went, before the mail is settled. */
	void (*heard)(void *arg, enum smtp_end, const char *answer);
	/* A place is free again. */
	void (*freed)(void *arg);
	/* The outbox knows of some; `later`: a mail will be due once more. */
	void (*ended)(void *arg, bool later);
	void *arg;

	/* From here on delivery.c's own; zero at first. */
	LIST_HEAD(, delivery) list;
	unsigned taken;		  /* all of them, */
	unsigned sending;	  /* of which these have a place, */
	unsigned untold;	  /* and of these the outbox has not heard */
	struct call *settling;	  /* asked of some of them, or NULL */
	struct loop_timer *timer; /* when to ask of those that have ended */
	bool closing;
};

/* False while the outbox is owed word of too many. */
bool delivery_may_start(const struct deliveries *);
/*
 * Takes a place, copies what it needs of the mail and sends it; `freed` says
 * that the place is free, later. A mail that has died takes none and is not
 * sent, and the outbox records it as expired.
 */
void delivery_start(struct deliveries *, const struct outbox_mail *);
/* Unsent: somebody else may have it at once. */
void delivery_give_back(struct deliveries *, const struct outbox_mail *);
/* The outbox is back: says again what it has not heard. */
void delivery_settle_again(struct deliveries *);
/* Cuts what is being sent; it is settled as for later. */
void delivery_interrupt(struct deliveries *);
/* Forgets all that is left; leases give it back. */
void delivery_drop(struct deliveries *);

#endif
