/*
 * auth - the process that alone reads password hashes, holds the code key and
 * counts attempts; doors ask it by auth/ask.h over its socket.
 *
 * Owns:   its connections to Redis and PostgreSQL (role koshin_auth), and a
 *         pool of threads of low priority for Argon2id, so that a flood of
 *         logins does not touch renewals.
 * Fails:  a store that is away is AUTH_DOWN for who asks (R-LOCK-8); it comes
 *         back by itself.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/stage.h"
#include "config/config.h"

/* Its listener is the socket of doors. */
int auth_run(const struct config *, const struct stage_given *);

#endif
