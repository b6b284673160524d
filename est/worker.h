/*
 * worker - one front thread.
 */
#ifndef EST_WORKER_H
#define EST_WORKER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "est/front.h"

struct worker;

/*
 * Opens the listener and the connections to the stores; `threads` is how many
 * workers share the limits. NULL and a reason. Takes a reference of `tls`.
 */
struct worker *worker_new(const struct front_shared *, unsigned threads,
    SSL_CTX *tls, struct fault *why);
void worker_start(struct worker *);
/* From another thread: its stores and the issuer have answered once. */
bool worker_ready(const struct worker *);

/* From another thread: new connections use this context from now on. */
void worker_reload(struct worker *, SSL_CTX *tls);
/* From another thread: end when no connection is left. */
void worker_drain(struct worker *);
/*
 * Waits for the thread until `end_us` of clock_mono_us(), then stops it where
 * it is.
 */
void worker_end(struct worker *, int64_t end_us);
/* After worker_end() of all of them and pool_free(): see base/pool.h. */
void worker_free(struct worker *);

#endif
