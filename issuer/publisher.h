/*
 * publisher - publishes the list of revoked certificates (CRL): at its start,
 * within seconds of a revocation or an operator's wish, and once in a while.
 *
 * A thread of its own in the issuer, beside its loop, with a connection to
 * PostgreSQL and contexts of the key for itself: nobody who wants a certificate
 * waits for a list, however long it is. The list is what it has read itself;
 * it signs nothing that somebody else has put together.
 *
 * Fails: never; the list before stays where it is, which it tells, first that
 *        no new one could be made (crl-failed), and long before the end of the
 *        old one that this has to be looked at (crl-late, I-17).
 */
#ifndef ISSUER_PUBLISHER_H
#define ISSUER_PUBLISHER_H

#include "base/fault.h"
#include "base/must.h"
#include "config/config.h"
#include "pki/ca.h"

#define PUBLISHER_LOOK_MS 5000	/* how often it looks for what is new */
#define PUBLISHER_AGAIN_MS 5000 /* after something has failed */

struct publisher;

/* The configuration has crl.folder; both outlive it. NULL, and why. */
MUST_CHECK struct publisher *publisher_start(
    const struct config *, const struct ca *, struct fault *why);
/* What it is at is left; NULL is fine. */
void publisher_stop(struct publisher *);

#endif
