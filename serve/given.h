/*
 * given - what the parent opens and its children are given: their programs, a
 * copy of the configuration, the lock of the run folder, the key of grants,
 * which is new at each start, the sockets and ports that they listen on, their
 * secret files.
 *
 * Listeners are held while the service runs, so that a new process takes over
 * where the old one fell. Secret files are opened for each start and reload,
 * since they may be others by then; nothing is read here.
 */
#ifndef SERVE_GIVEN_H
#define SERVE_GIVEN_H

#include <stdbool.h>

#include "base/fault.h"
#include "config/config.h"
#include "serve/child.h"
#include "serve/services.h"

struct given {
	const struct config *config;
	char config_path[4096];	 /* absolute */
	bool locked;		 /* service.run is ours */
	struct child_given base; /* what each child has */
	/* Held, so that an update on disk does not mix two versions. */
	int programs[SERVICES];
	struct {
		int fds[SERVICE_LISTENERS_MAX];
		int count;
	} listeners[SERVICES];
};

/*
 * Refuses with one line that says what to do, and has nothing then: another
 * server that runs here, a port that is taken.
 */
bool given_open(struct given *, const struct config *, struct fault *why);
void given_close(struct given *);

/*
 * Opens the secrets of the service and puts down what it is given. False, and
 * the file that cannot be opened. given_end() closes what was opened for it,
 * also then.
 */
bool given_begin(const struct given *, const struct service *,
    struct child_given *out, struct fault *why);
void given_end(struct child_given *);

/* Nobody connects any more once the service has closed its own end. */
void given_stop_listening(struct given *, const struct service *);

#endif
