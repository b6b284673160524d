/*
 * floor - the least that OpenSSL takes for what an EST server has to do: a
 * TLS 1.3 handshake (the server's side alone), a signature, its check. All in
 * memory, on this machine, at this moment.
 *
 * A server's figure divided by these can be compared with that of another day
 * or machine: whatever made this one slow made the floor slow, too.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "bench/options.h"

#include <stdbool.h>

/* Measures and reports, by `requests` and `json` of the options. */
bool floor_run(const struct options *o);

#endif
