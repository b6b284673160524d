/*
 * idle - connections that are open and silent, and what they cost.
 *
 * Waits:   idle_run() runs the event loop until done.
 */
#ifndef BENCH_IDLE_H
#define BENCH_IDLE_H

#include "bench/identity.h"
#include "bench/options.h"
#include "bench/peer.h"
#include "bench/procs.h"

#include <event2/event.h>

#include <stdbool.h>

struct idle {
	long opened;	     /* handshakes done */
	long failed;	     /* no TCP, no TLS or too late */
	long dropped;	     /* by the server while they were held */
	bool stopped;	     /* by idle_stop() */
	char tls[96];	     /* version and cipher */
	double open_s;	     /* to open all */
	double held_s;	     /* all open and silent */
	struct procs before; /* after the warm-up, no connection */
	struct procs open;   /* all open */
	struct procs held;   /* at the end of the hold */
	struct procs after;  /* all closed again */
};

/*
 * Opens, holds and closes. `r` is zeroed but for idle_stop(). False if a
 * given pid does not run.
 */
bool idle_run(struct idle *r, struct event_base *base, const struct options *o,
    const struct peer *peer, struct identities *all);

/* Ends idle_run() at once; for signals. */
void idle_stop(struct idle *r, struct event_base *base);

/* What idle_run() found. */
void idle_free(struct idle *r);

#endif
