/*
 * hashing - passwords become hashes, by auth or here (cli/desk.h).
 *
 * Waits:  until all that were given are hashed; up to HASHING_AT_ONCE are with
 *         auth at one time.
 * Fails:  false, and it has been said.
 */
#ifndef CLI_HASHING_H
#define CLI_HASHING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/password.h"
#include "cli/desk.h"

#define HASHING_AT_ONCE 16

struct hashing_order {
	const char *password;
	char hash[PASSWORD_HASH_SIZE]; /* its hash */
	/* of hashing.c */
	struct hashing *hashing;
	bool done;
};

/* At most HASHING_AT_ONCE. */
bool hashing_do(struct desk *, struct hashing_order *, size_t count);

#endif
