/*
 * handshakes - those that failed, and why. The first of a reason is told in
 * the log at once, those that follow in one line of each reason a minute: who
 * looks for what is wrong with a client finds it, and a flood fills no log.
 */
#ifndef HTTP_HANDSHAKES_H
#define HTTP_HANDSHAKES_H

#include <stdint.h>

#include "base/address.h"

struct event_base;
struct loop_timer;

enum {
	HANDSHAKES_REASONS = 16 /* told apart; more are told as the last */
};

struct handshakes {
	struct event_base *base;
	unsigned every_s; /* between two lines of one reason */
	uint64_t *count;  /* of all that failed; the caller's */
	struct handshakes_reason {
		const char *text;    /* static */
		struct address last; /* who failed so */
		unsigned untold;
	} reasons[HANDSHAKES_REASONS];
	unsigned reasons_count;	 /* since the last quiet minute */
	struct loop_timer *soon; /* the next lines */
};

/* Counts in `count`, which is zero and lives until handshakes_end(). */
void handshakes_begin(struct handshakes *, struct event_base *,
    unsigned every_s, uint64_t *count);
/* One has failed; `reason` is static. */
void handshakes_failed(
    struct handshakes *, const char *reason, const struct address *client);
/* Tells what has not been told. */
void handshakes_end(struct handshakes *);

/* For a line of the log: the reason of an error of OpenSSL; static. */
const char *handshakes_reason(unsigned long error);

#endif
