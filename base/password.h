/*
 * password - Argon2id by libsodium (R-ACC-9) over HMAC-SHA-256(pepper,
 * password). Each call costs about 12 ms of a core and 19 MiB; on a server it
 * runs in a pool (base/pool.h).
 *
 * The pepper is a key that is not in the database: who reads the hashes there
 * cannot even begin to guess (T9). A hash says at which cost and with which
 * pepper it was made, so that both can be changed while people use it.
 */
#ifndef BASE_PASSWORD_H
#define BASE_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"
#include "base/secret.h"

/* `$argon2id$v=19$m=M,t=T,p=1,keyid=PEPPER$SALT$HASH` with its NUL; what was
 * made without a pepper has no keyid. */
#define PASSWORD_HASH_SIZE 128

struct password_cost {
	unsigned memory_kib; /* default 19456 */
	unsigned passes;     /* default 2 */
};

/* Call once in main, before threads. */
void password_open(const struct password_cost *);
/*
 * Likewise: hashes are made with `now` and compared with both, and those
 * without a pepper too. NULL: none. Both are copied, into memory that is
 * wiped by password_pepper(NULL, NULL).
 */
void password_pepper(
    const struct secret_key *now, const struct secret_key *before);

/* The same from key files; the second may be NULL. `why` begins with the
 * file's name. */
MUST_CHECK bool password_read_pepper(
    const char *now, const char *before, struct fault *why);

/* False only when there is not enough memory. */
MUST_CHECK bool password_hash(
    const char *password, size_t len, char out[PASSWORD_HASH_SIZE]);
/* Ends the process when there is not enough memory to know. A hash whose pepper
 * is not here costs as much and matches nothing. */
MUST_CHECK bool password_matches(
    const char *hash, const char *password, size_t len);
/* Made in another way than password_hash() would now: to be made anew while
 * its password is at hand. */
MUST_CHECK bool password_stale(const char *hash);
/* Costs the same and never matches: for accounts that do not exist. */
void password_dummy(const char *password, size_t len);

#endif
