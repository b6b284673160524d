/*
 * preflight_told - what the checks before the start tell, for the files
 * serve/preflight* alone. Each check is called in a process of its own, with
 * the rights of that service's user.
 */
#ifndef SERVE_PREFLIGHT_TOLD_H
#define SERVE_PREFLIGHT_TOLD_H

#include <stdbool.h>

#include "base/fault.h"
#include "config/config.h"
#include "serve/preflight.h"
#include "serve/services.h"

#define PREFLIGHT_STORE_S 10 /* for one that takes a connection, silently */

/* What the process that checks asks just now, and its parent tells of. */
struct preflight_asking {
	char setting[64]; /* empty: nobody */
	bool postgres_told;
	struct fault away; /* which store takes no connection */
};

struct preflight {
	struct preflight_asking *asking; /* of both processes */
	preflight_fn *fn;
	preflight_wait_fn *wait;
	void *arg;
	bool good; /* nothing has been told yet */
};

/* `told` is a struct preflight; as config/ and mailer/ tell their faults. */
void preflight_wrong(void *told, const char *line);
void preflight_warn(struct preflight *, const char *line);

typedef void preflight_check_fn(
    const struct config *, const struct service *, struct preflight *);

#endif
