/*
 * relay - whether the mail server is there, and how long to leave it alone.
 *
 * No use in asking for each of ten thousand mails: they stay in the queue, none
 * grows old in back-off, and they go out when one has got through.
 */
#ifndef MAILER_RELAY_H
#define MAILER_RELAY_H

#include <stdbool.h>

#include "mailer/smtp.h"

struct event_base;
struct loop_timer;

struct relay {
	struct event_base *base;
	void (*again)(void *arg); /* it has been left alone for long enough */
	void *arg;

	/* From here on relay.c's own; zero at first. */
	unsigned down;		  /* times in a row that nobody was there */
	struct loop_timer *pause; /* or NULL */
};

/* How the last attempt went. */
void relay_heard(struct relay *, enum smtp_end, const char *answer);
/* One mail alone finds out whether it is back. */
bool relay_is_down(const struct relay *);
/* Not even that one, for now. */
bool relay_rests(const struct relay *);
void relay_forget(struct relay *);

#endif
