/*
 * est - the door for machines: EST (RFC 7030), mounted on an engine.
 *
 * Its endpoints and their steps stand in cacerts.c, csrattrs.c and enroll.c;
 * refusal.c has every way to say no. What is here is what the requests of one
 * front thread share: all of it is used from that thread alone, except what
 * `shared` points to, which does not change after the start.
 */
#ifndef EST_EST_H
#define EST_EST_H

#include <stddef.h>

#include "auth/ask.h"
#include "config/config.h"
#include "db/accounts.h"
#include "est/refusal.h"
#include "http/engine.h"
#include "issuer/ask.h"
#include "pki/reserved_keys.h"

/* A body that is made once at the start, in both line forms (EST-084). */
struct est_text {
	char *lines; /* 64 columns */
	size_t lines_len;
	char *unbroken;
	size_t unbroken_len;
};

struct est_shared {
	const struct config *config;
	const struct ca *ca;	  /* without its key */
	struct reserved_keys own; /* keys that nobody gets certified */
	struct pool *checks;	  /* of slow keys */
	struct est_text cacerts;
	struct est_text *csrattrs; /* one for each profile, same order */
};

struct est {
	const struct est_shared *shared;
	struct ipc_client *auth;
	struct accounts *accounts; /* certificates and keys */
	struct ipc_client *issuer;
	struct pool_mailbox *mailbox; /* of `checks` */
	struct rate *per_certificate; /* renewals by certificate alone */
};

/* For engine_mount(); flow->own is the struct est. */
extern const struct door est_door;

/* Fills cacerts and csrattrs. NULL, or what is wrong (EST-134). */
const char *est_prepare(struct est_shared *);
void est_release(struct est_shared *);

/* ------------------------------------------------------------ for steps */

static inline const struct est *
est_of(const struct flow *f)
{
	return f->own;
}

/* What the label in the path, or its absence, stands for. */
static inline const struct profile *
est_profile(const struct flow *f)
{
	return f->found;
}

#endif
