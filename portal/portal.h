/*
 * portal - the door for people: pages, and the API that they ask
 * (portal/openapi.yaml), mounted on the engines of three listeners: one for
 * everybody, which asks for no client certificate, one for members, which does,
 * and has the member area, and one for operators, which does, too.
 *
 * What is here is what the requests of one front thread share: all of it is
 * used from that thread alone, except what `shared` points to, which does not
 * change after the start.
 *
 * Owns:    nothing; what it is mounted with stays the caller's.
 * Waits:   never.
 * Fails:   by enum problem (portal/problem.h).
 * Threads: one struct portal for each.
 */
#ifndef PORTAL_PORTAL_H
#define PORTAL_PORTAL_H

#include "auth/ask.h"
#include "config/config.h"
#include "db/accounts.h"
#include "http/engine.h"
#include "issuer/ask.h"
#include "keymaker/ask.h"
#include "pki/reserved_keys.h"
#include "portal/brand.h"
#include "portal/problem.h"

struct portal_shared {
	const struct config *config;	 /* `portal.host` is said */
	const struct ca *ca;		 /* without its key */
	const struct reserved_keys *own; /* keys that nobody gets certified */
	struct pool *checks;		 /* of slow keys */
	struct brand brand;
};

struct portal {
	const struct portal_shared *shared;
	const struct config_site *site; /* this listener */
	bool members;			/* it is theirs */
	bool operators; /* ... and of them the operators', with a desk */
	struct ipc_client *auth;
	struct accounts *accounts; /* certificates and keys */
	struct ipc_client *issuer;
	struct ipc_client *keymaker;  /* NULL: browsers make keys alone */
	struct pool_mailbox *mailbox; /* of `checks` */
	struct redis *redis;	      /* of sessions */
	struct people *people;	 /* acts of members; NULL: there is no area */
	struct reports *reports; /* of browsers, about pages */
};

/*
 * For engine_mount(); flow->own is the struct portal. Browsers are told to come
 * by HTTPS alone from then on, but for localhost: they would believe it of all
 * that is tried out there, at whatever port.
 */
const struct door *portal_door(const struct config_site *);

static inline const struct portal *
portal_of(const struct flow *f)
{
	return f->own;
}

/* How browsers write that site: its name, and the port unless that goes without
 * saying. NULL: no memory. */
const char *portal_authority(struct arena *, const struct config_site *);

/* What its request has found out for a problem to tell; NULL: nothing. */
const struct problem_more *portal_more(const struct flow *);

#endif
