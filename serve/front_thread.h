/*
 * front_thread - one thread of the front: its loop, stores and doors, each
 * with listeners of its own.
 */
#ifndef SERVE_FRONT_THREAD_H
#define SERVE_FRONT_THREAD_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/fault.h"
#include "est/est.h"
#include "portal/portal.h"

struct front_thread;

/* What all threads share; it does not change after the start. */
struct front_shared {
	const struct config *config;
	struct address_range *balancers; /* of listen.proxy_from */
	char *redis_password;		 /* of sessions of people, or NULL */
	struct est_shared est;
	struct portal_shared portal;
};

enum front_door {
	FRONT_EST,
	FRONT_PORTAL,
	FRONT_MEMBER,
	FRONT_OPERATOR,
	FRONT_DOORS
};

/* Where a door is: a listener for each address, by numbers that follow each
 * other; none: it is shut. */
struct front_place {
	int first;
	unsigned count;
	SSL_CTX *tls;
};

/*
 * Takes the listeners and opens the connections to the stores; `threads` is how
 * many share the limits. NULL and a reason. Takes references of the TLS
 * contexts.
 */
struct front_thread *front_thread_new(const struct front_shared *,
    unsigned threads, const struct front_place places[FRONT_DOORS],
    struct fault *why);
/*
 * `up(arg)` is called once, on the new thread, when its store, auth and the
 * issuer are there.
 */
void front_thread_start(
    struct front_thread *, void (*up)(void *arg), void *arg);

/* From another thread: new connections use this context from now on. */
void front_thread_reload(struct front_thread *, enum front_door, SSL_CTX *tls);
/* From another thread: end when no connection is left. */
void front_thread_drain(struct front_thread *);
/*
 * Waits for the thread until `end_us` of clock_mono_us(), then stops it where
 * it is.
 */
void front_thread_end(struct front_thread *, int64_t end_us);
/* After front_thread_end() of all of them and pool_free(): see base/pool.h. */
void front_thread_free(struct front_thread *);

#endif
