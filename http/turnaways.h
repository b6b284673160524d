/*
 * turnaways - who was not served, and why: counted, and told in one line of
 * the log a minute, so that a flood fills neither the log nor goes unseen.
 */
#ifndef HTTP_TURNAWAYS_H
#define HTTP_TURNAWAYS_H

#include <stdint.h>

struct event_base;
struct loop_timer;

enum turnaway {
	TURNAWAY_FULL,	  /* no connection is free, and none gives way */
	TURNAWAY_ADDRESS, /* too many connections of one address */
	TURNAWAY_RATE,	  /* too many handshakes of one address or network */
	TURNAWAY_PROXY,	  /* a balancer that named no client */
	TURNAWAY_IDLE,	  /* has waited longest, and gave way to a new one */
	TURNAWAY_MEMORY,  /* held what others needed, or needs what is not */
	TURNAWAY_CERTIFICATE, /* too many renewals by one certificate */
	TURNAWAYS
};

struct turnaways {
	struct event_base *base;
	unsigned every_s; /* a line at most so often */
	uint64_t *count;  /* of each reason; the caller's */
	uint64_t told[TURNAWAYS];
	struct loop_timer *soon; /* the next line */
};

/* Counts in `count`, which is zeros and lives until turnaways_end(). */
void turnaways_begin(struct turnaways *, struct event_base *, unsigned every_s,
    uint64_t count[TURNAWAYS]);
/* Counts one; a line follows within `every_s`. */
void turnaways_add(struct turnaways *, enum turnaway);
/* Tells what has not been told. */
void turnaways_end(struct turnaways *);

#endif
