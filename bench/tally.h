/*
 * tally - what happened, counted.
 *
 * Owns:    the latencies, until tally_free().
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stddef.h>
#include <stdint.h>

#define STATUS_MAX 1000

enum trouble {
	TROUBLE_CONNECT, /* TCP */
	TROUBLE_TLS,
	TROUBLE_LOST,	 /* closed before the answer was complete */
	TROUBLE_LATE,	 /* no answer before the deadline */
	TROUBLE_GARBLED, /* not HTTP */
	TROUBLE_BODY,	 /* right status, wrong body */
	TROUBLE_COUNT
};

struct tally {
	long good;		     /* answers as expected */
	long by_status[STATUS_MAX];  /* all complete answers */
	long wrong_status;	     /* of them, not the expected one */
	long trouble[TROUBLE_COUNT]; /* requests that ended so */
	long cut;		     /* under way when interrupted */
	long full;		     /* TLS handshakes */
	long resumed;		     /* TLS handshakes with a known session */
	long reconnects;	     /* kept connections that were closed */
	double elapsed_s;	     /* first request to last answer */
	double client_cpu_s;	     /* of this program in that time */
	uint32_t *us;		     /* latency of each good answer */
	size_t us_count;	     /* in us */
	size_t us_cap;		     /* of us */
};

/* Name of a trouble in reports, one word. */
const char *tally_trouble_name(enum trouble t);

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
