/*
 * parent - the parent of the three processes of `koshin serve`: front, issuer,
 * courier. It checks everything that can be checked before they start, starts
 * them, starts one again that died, and ends them in order:
 *
 *	SIGTERM, SIGINT  front first (it drains), then issuer and courier
 *	SIGHUP           passed on to front and courier
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
