/*
 * csrs - request bodies, made before they are needed.
 *
 * Every body is a PKCS#10 request with a signature of its own, base64 in
 * lines of 64. One owner (a client certificate or a user) has one key for
 * all its requests. Where a signature is the same each time (RSA, Ed25519),
 * a counter in the attribute unstructuredName makes the bytes differ.
 *
 * Owns:    bodies until they are taken; csrs_take() hands the body over.
 */
#ifndef BENCH_CSRS_H
#define BENCH_CSRS_H

#include "bench/identity.h"
#include "bench/options.h"

#include <stdbool.h>
#include <stddef.h>

struct csrs;

/*
 * Owners are the users in the mode enroll (subject CN=user), else the client
 * certificates (subject and subjectAltName copied).
 */
struct csrs *csrs_new(const struct options *o, const struct identities *all);

/* And all bodies that nobody took. NULL is fine. */
void csrs_free(struct csrs *c);

/*
 * Makes `count` bodies for an owner, asking `go_on` now and then. False if
 * that said no or OpenSSL failed, which is on stderr then.
 */
bool csrs_prepare(struct csrs *c, size_t owner, size_t count,
    bool (*go_on)(void *arg), void *arg);

/* A body that nobody had before; free() it. Made now if none is left. */
char *csrs_take(struct csrs *c, size_t owner);

/* How many were made ahead, and how many only when taken. */
size_t csrs_made(const struct csrs *c);
size_t csrs_late(const struct csrs *c);

#endif
