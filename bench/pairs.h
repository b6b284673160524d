/*
 * pairs - which files hold the client certificates: --cert with --key, and
 * the pairs in a directory. Names only; identity.c reads them.
 */
#ifndef BENCH_PAIRS_H
#define BENCH_PAIRS_H

#include "bench/options.h"

#include <stdbool.h>

/* The next --cert; each is followed or preceded by its --key. */
bool pairs_add_cert(struct options *o, const char *file);
bool pairs_add_key(struct options *o, const char *file);

/* Every NAME.pem that has a NAME.key beside it, in the order of names. */
bool pairs_add_directory(struct options *o, const char *dir);

/* True if no certificate is without key and no key without certificate. */
bool pairs_complete(const struct options *o);

/* The names, of which none is left then. */
void pairs_free(struct options *o);

#endif
