/*
 * retry - when a mail that was not taken is tried again (R-MAIL-4). Pure but
 * for the chance in it, which keeps a crowd from coming back in step.
 */
#ifndef MAILER_RETRY_H
#define MAILER_RETRY_H

#include <stdbool.h>
#include <time.h>

/*
 * Wait number `n`, from 0: `first`, so many times as long each time, and never
 * longer than `last`.
 */
unsigned retry_wait(unsigned first, unsigned last, unsigned times, unsigned n);

struct retry {
	bool urgent;	   /* somebody waits for it: a code */
	unsigned attempts; /* before the one that has just failed */
	time_t made_at;
	time_t dies_at;	    /* 0: never */
	unsigned give_up_h; /* for what never dies */
	unsigned first_s;   /* the first wait; at least 1 */
	unsigned last_s;    /* and the longest */
};

/*
 * False: it is given up. A mail that dies is never given up before; its next
 * time may lie behind its death, then it has none.
 */
bool retry_at(const struct retry *, time_t now, time_t *next_at);

#endif
