/*
 * request - the bytes of one EST request.
 *
 * Owns:    its bytes until the next request_make() or request_free(); they
 *          may hold a password and are wiped.
 */
#ifndef BENCH_REQUEST_H
#define BENCH_REQUEST_H

#include "bench/csrs.h"
#include "bench/identity.h"
#include "bench/options.h"

#include <stddef.h>

struct request {
	char *bytes; /* head and body */
	size_t len;  /* of bytes */
};

/*
 * Request `number` over a connection of the client certificate `id`.
 * `csrs` may be NULL for GET.
 */
void request_make(struct request *r, const struct options *o,
    const struct identities *all, struct csrs *csrs, size_t id, size_t number);

void request_free(struct request *r);

#endif
