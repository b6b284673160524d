/*
 * hashing - passwords become hashes: auth does that where it runs for this
 * user, so that he need not read the pepper; else the command reads it itself.
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
#include "config/config.h"

#define HASHING_AT_ONCE 16

struct hashing;

/* Finds out who does it. NULL: nobody can, and both reasons are said. */
struct hashing *hashing_open(const struct config *);
void hashing_close(struct hashing *); /* NULL is fine */

struct hashing_order {
	const char *password;
	char hash[PASSWORD_HASH_SIZE]; /* its hash */
	/* of hashing.c */
	struct hashing *hashing;
	bool done;
};

/* At most HASHING_AT_ONCE. */
bool hashing_do(struct hashing *, struct hashing_order *, size_t count);

/* Reads the pepper here, for who compares. */
bool hashing_pepper(const struct config *);

#endif
