/*
 * load - N connections that ask, hear and ask again.
 *
 * A closed loop: each connection has one request under way and sends the
 * next when the answer is there. Requests are numbered from 0 through
 * warm-up and timed part; the number picks user and, on new connections,
 * client certificate. Kept connections have one certificate each.
 *
 * Owns:    connections and requests; all arguments must live longer.
 * Waits:   load_run() and load_pause() run the event loop until done.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "bench/csrs.h"
#include "bench/identity.h"
#include "bench/options.h"
#include "bench/peer.h"
#include "bench/tally.h"

#include <event2/event.h>

#include <stdbool.h>

enum load_rc {
	LOAD_DONE,
	LOAD_STOPPED, /* load_stop() was called */
	LOAD_HOPELESS /* only failures, given up */
};

struct load;

/* `csrs` may be NULL where none are sent. */
struct load *load_new(struct event_base *base, const struct options *o,
    const struct peer *peer, struct identities *all, struct csrs *csrs);

/* Closes its connections first. NULL is fine. */
void load_free(struct load *load);

/* Until `requests` were sent, or if that is 0 for `seconds`. */
enum load_rc load_run(
    struct load *load, long requests, double seconds, struct tally *t);

/* Lets the server finish what it does behind its answers. */
void load_pause(struct load *load, double seconds);

/* Ends load_run() and load_pause() at once; for signals. */
void load_stop(struct load *load);

/* load_stop() was called, once and for all. */
bool load_is_stopped(const struct load *load);

/* What the last handshake agreed on, "none" before the first. */
const char *load_tls(const struct load *load);

#endif
