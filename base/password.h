/*
 * password - Argon2id by libsodium (R-ACC-9). Each call costs about 12 ms of
 * a core and 19 MiB; on a server it runs in a pool (base/pool.h).
 */
#ifndef BASE_PASSWORD_H
#define BASE_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

#define PASSWORD_HASH_SIZE 128 /* `$argon2id$...` with its NUL */

struct password_cost {
	unsigned memory_kib; /* default 19456 */
	unsigned passes;     /* default 2 */
};

/* Call once in main, before threads. */
void password_open(const struct password_cost *);

/* False only when there is not enough memory. */
MUST_CHECK bool password_hash(
    const char *password, size_t len, char out[PASSWORD_HASH_SIZE]);
/* Ends the process when there is not enough memory to know. */
MUST_CHECK bool password_matches(
    const char *hash, const char *password, size_t len);
/* Costs the same and never matches: for accounts that do not exist. */
void password_dummy(const char *password, size_t len);

#endif
