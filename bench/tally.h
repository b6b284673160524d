/*
 * tally - what happened, counted.
 *
 * Owns:    the latencies, until tally_free().
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stddef.h>
#include <stdint.h>

#define TALLY_STATUS_MAX 1000

enum tally_trouble {
	TALLY_CONNECT, /* TCP */
	TALLY_TLS,
	TALLY_LOST,    /* closed before the answer was complete */
	TALLY_LATE,    /* no answer before the deadline */
	TALLY_GARBLED, /* not HTTP */
	TALLY_BODY,    /* right status, wrong body */
	TALLY_COUNT
};

struct tally {
	long good;			  /* answers as expected */
	long by_status[TALLY_STATUS_MAX]; /* all complete answers */
	long wrong_status;		  /* of them, not the expected one */
	long trouble[TALLY_COUNT];	  /* requests that ended so */
	long cut;			  /* under way when interrupted */
	long full;			  /* TLS handshakes */
	long resumed;	     /* TLS handshakes with a known session */
	long reconnects;     /* kept connections that were closed */
	double elapsed_s;    /* first request to last answer */
	double client_cpu_s; /* of this program in that time */
	uint32_t *us;	     /* latency of each good answer */
	size_t us_count;     /* in us */
	size_t us_cap;	     /* of us */
};

/* Name of a trouble in reports, one word. */
const char *tally_trouble_name(enum tally_trouble t);

/* Of one good answer. */
void tally_latency(struct tally *t, uint64_t ns);

/* Requests that ended, whatever the end. */
long tally_finished(const struct tally *t);

/* Requests that ended otherwise than expected. */
long tally_errors(const struct tally *t);

/* To be called once, before tally_percentile_ms(). */
void tally_sort(struct tally *t);

/* `part` of all were at least as fast, 0 < part <= 1; 0 if there is none. */
double tally_percentile_ms(const struct tally *t, double part);

void tally_free(struct tally *t);

#endif
