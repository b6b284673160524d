/*
 * front - the front process: N threads, each with its own event base,
 * listeners, doors, PostgreSQL connection and ways to auth and issuer. The
 * main thread waits for signals:
 *
 *	SIGHUP   reads the TLS certificate, key and ticket key again; when
 *	         something is wrong with them, the old ones stay (F-77)
 *	SIGTERM  takes no new connection, lets running requests end within
 *	         `drain_s`, and leaves with status 0 (F-22)
 */
#ifndef SERVE_FRONT_H
#define SERVE_FRONT_H

#include "base/stage.h"
#include "config/config.h"
#include "http/tls.h"

/*
 * It has started when all threads listen, and serves when the stores and the
 * issuer have answered each.
 */
int front_run(const struct config *, const struct stage_given *);

/* How many threads it has, and how many listeners it needs. */
unsigned front_threads(const struct config *);
/* Of EST; client certificates are asked for by `issuer`. */
struct tls_options front_tls(const struct config *, X509 *issuer);
/* Of the portal, which asks for none. */
struct tls_options front_portal_tls(const struct config *);
/* Of the member area, or of the operator's desk, which ask for one, and resume
 * nothing. */
struct tls_options front_asking_tls(
    const struct config *, const struct config_site *, X509 *issuer);

#endif
