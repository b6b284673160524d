/*
 * fake_pool - base/pool.h and base/password.h without threads and without
 * Argon2id: a hash is the password itself. Its question is called password;
 * FAKE_DOWN has no meaning for it.
 */
#ifndef TESTS_LIB_FAKE_POOL_H
#define TESTS_LIB_FAKE_POOL_H

#include <stdbool.h>

struct fake_pool {
	/* answers */
	bool full;
	bool stale; /* every hash is */
	bool no_memory;
	/* heard */
	unsigned evaluated; /* against a real hash */
	unsigned dummies;   /* where there is none */
};

extern struct fake_pool fake_pool;

void fake_pool_reset(void);

#endif
