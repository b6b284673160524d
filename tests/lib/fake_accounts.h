/*
 * fake_accounts - db/accounts.h that answers what a test says and remembers
 * what it was asked. Questions are called holder, key, mail, code-failed,
 * lock, hash and spent.
 */
#ifndef TESTS_LIB_FAKE_ACCOUNTS_H
#define TESTS_LIB_FAKE_ACCOUNTS_H

#include "base/password.h"
#include "db/accounts.h"

struct fake_accounts {
	/* answers */
	struct facts_holder holder;
	bool key_free;
	enum db_rc mail_rc;
	bool code_failed; /* its mail has */
	bool spent;	  /* as code 5e... */
	/* heard */
	char user_id[300]; /* empty: by certificate alone */
	bool asked_presented;
	int64_t key_account;
	struct digest key_identity;
	struct accounts_lock lock;
	int64_t rehashed;
	char hash[2][PASSWORD_HASH_SIZE]; /* the old and the new one */
	struct accounts_code mail;
	char mail_address[64];
};

extern struct fake_accounts fake_accounts;

/* Nobody is known; every key is free. */
void fake_accounts_reset(void);

#endif
