/*
 * front - what the requests of one front thread share. Everything here is
 * used from that thread alone, except what `shared` points to, which does
 * not change after the start.
 */
#ifndef EST_FRONT_H
#define EST_FRONT_H

#include <stddef.h>

#include "base/pool.h"
#include "base/secret.h"
#include "db/accounts.h"
#include "db/attempts.h"
#include "db/redis.h"
#include "pki/reserved_keys.h"
#include "config/config.h"
#include "issuer/ask.h"

struct event_base;
struct flow;

/* A body that is made once at the start, in both line forms (EST-084). */
struct front_text {
	char *lines; /* 64 columns */
	size_t lines_len;
	char *unbroken;
	size_t unbroken_len;
};

struct front_shared {
	const struct config *config;
	const struct ca *ca; /* without its key */
	struct secret_key code_key;
	struct reserved_keys own; /* keys that nobody gets certified */
	struct pool *pool;	  /* Argon2id */
	struct front_text cacerts;
	struct front_text *csrattrs; /* one for each profile, same order */
};

struct front {
	const struct front_shared *shared;
	struct event_base *base;
	struct pool_mailbox *mailbox;
	struct redis *redis;
	struct attempts *attempts;
	struct accounts *accounts;
	struct issuer_link *issue;
	struct flow *flows; /* requests in work */
};

/* Fills cacerts and csrattrs. NULL, or what is wrong (EST-134). */
const char *front_prepare(struct front_shared *);
void front_release(struct front_shared *);

#endif
