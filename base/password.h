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

/*
 * The costs that are in use: each evaluation costs all of them, once each and
 * in this order, so that what somebody's hash was made at cannot be told from
 * what it takes (I-15).
 */
#define PASSWORD_COSTS_MAX 8
/* What a hash may cost, as a setting may. */
#define PASSWORD_MEMORY_KIB_MAX (1U << 20)
#define PASSWORD_PASSES_MAX 100
struct password_costs {
	unsigned count;
	struct password_cost at[PASSWORD_COSTS_MAX];
};

enum password_match {
	PASSWORD_WRONG,
	PASSWORD_RIGHT,
	PASSWORD_UNKNOWN, /* there is not enough memory to say */
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
/* That of password_hash(), alone. */
struct password_costs password_costs_now(void);
/*
 * So is the one that the hash was made at, also where only the beginning of
 * its text is given. A hash that cannot be read or costs more than any may
 * has none. False: there are PASSWORD_COSTS_MAX others already.
 */
MUST_CHECK bool password_costs_add(struct password_costs *, const char *hash);

/*
 * A hash whose cost is not among them, whose pepper is not here, that cannot be
 * read or is empty takes as much as any, and is matched by nothing.
 */
MUST_CHECK enum password_match password_matches(const struct password_costs *,
    const char *hash, const char *password, size_t len);
/* Made in another way than password_hash() would now: to be made anew while
 * its password is at hand. */
MUST_CHECK bool password_stale(const char *hash);

#endif
