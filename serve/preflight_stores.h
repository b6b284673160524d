/*
 * preflight_stores - PostgreSQL and Redis, before the start. Fails by telling
 * (serve/preflight_told.h).
 */
#ifndef SERVE_PREFLIGHT_STORES_H
#define SERVE_PREFLIGHT_STORES_H

#include "serve/preflight_told.h"

/* Whether they take connections: after a restart of the machine they may come
 * later than we. */
preflight_check_fn preflight_there;
/* What they think of ours. */
preflight_check_fn preflight_stores;

#endif
