/*
 * parent - the parent of the processes of `koshin serve` (serve/services.h).
 * It checks everything that can be checked before they start, starts each when
 * the one before it serves, starts one again that died, and ends them:
 *
 *	SIGTERM, SIGINT  the last one first, each when the one before has ended
 *	SIGHUP           passed on to those who can read their files again
 *
 * It keeps the socket on which the issuer listens, so that a new issuer takes
 * over where the old one fell; it never touches the CA key.
 */
#ifndef SERVE_PARENT_H
#define SERVE_PARENT_H

#include "config/config.h"

/* The exit status: 0 after SIGTERM, 1 when it could not start. */
int parent_run(const struct config *);

#endif
