/*
 * preflight - what `koshin serve` needs to have before it starts a process:
 * the run folder and its lock, the sockets between processes, a free port,
 * stores that are fit for us. Refuses with one line that says what to do.
 */
#ifndef SERVE_PREFLIGHT_H
#define SERVE_PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "config/config.h"
#include "serve/services.h"

struct preflight {
	int lock; /* held as long as one of our processes lives */
	int sockets
	    [SERVICES]; /* listen; each service is given its own; or -1 */
};

/*
 * Asks Redis, and PostgreSQL in the role of each service; goes on as the user
 * of the configuration, whom the database may know by its name. False, and
 * what would keep the service from starting.
 */
bool preflight_stores(const struct config *, struct fault *why);

/* That, and all the rest that is needed; holds it. */
bool preflight_open(
    const struct config *, struct preflight *, struct fault *why);
void preflight_close(const struct config *, struct preflight *);

#endif
