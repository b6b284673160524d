/*
 * root_key - the key of the root is needed once in years, and lies offline:
 * is it where the service could read it?
 */
#ifndef PKI_ROOT_KEY_H
#define PKI_ROOT_KEY_H

#include <limits.h>
#include <stdbool.h>

#include "pki/ca.h"

/*
 * Looks through the files beside `name` that the caller may read; waits for
 * the disk. True: one of them is the key of the root above this CA, and
 * `path` is its name. Of a root that issues itself it is not asked.
 */
bool root_key_beside(const struct ca *, const char *name, char path[PATH_MAX]);

#endif
