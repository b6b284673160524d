/*
 * report - the figures, for people or as one JSON object, to stdout.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench/idle.h"
#include "bench/options.h"
#include "bench/procs.h"
#include "bench/tally.h"

#include <stdbool.h>
#include <stddef.h>

struct report {
	const struct options *o;
	const char *tls;	    /* version and cipher */
	bool stopped;		    /* by a signal */
	bool hopeless;		    /* given up */
	struct tally *tally;	    /* of the timed part */
	long warmup_errors;	    /* before it */
	size_t csrs_made;	    /* before the timed part */
	size_t csrs_late;	    /* during it */
	const struct procs *before; /* the server */
	const struct procs *after;
};

/* As text or JSON, by the options. */
void report_load(const struct report *r);
void report_idle(const struct options *o, const struct idle *idle);

#endif
