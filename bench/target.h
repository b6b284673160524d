/*
 * target - where the requests go: the URL and the label taken apart.
 */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include "bench/options.h"

#include <stdbool.h>

#define TARGET_ITSELF "" /* what the URL names is asked for */

/*
 * Reads url and label of `o` into host, port and path. `does` is the EST
 * operation, NULL for none, or TARGET_ITSELF. Says on stderr what is wrong.
 */
bool target_read(struct options *o, const char *does);

#endif
