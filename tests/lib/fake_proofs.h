/*
 * fake_proofs - db/proofs.h that answers what a test says and remembers what
 * it was asked. Questions are called account, contract, lock-account,
 * lock-contract, session, may-give, owed, settle-owed, prepare-email,
 * confirm-email, begin-account and begin-master.
 */
#ifndef TESTS_LIB_FAKE_PROOFS_H
#define TESTS_LIB_FAKE_PROOFS_H

#include "db/proofs.h"

struct fake_proofs {
	struct facts_holder holder; /* the answer */
	bool changed;		    /* no session, with that hash */
	struct proofs_owed owed;    /* until it is settled */
	bool gone;		    /* it is not up */
	int64_t begun;		    /* the account; 0: it has changed */
	bool taken;		    /* the user ID is */
	/* The address that waits does so for `email.code`; false: none does. */
	bool waits;
	/* heard */
	char name[300];
	struct accounts_lock lock;
	struct digest token;
	struct proofs_email email; /* that was prepared */
	struct authority_limits limits;
	unsigned lives_s;
	char hash[128]; /* that the session begins with, or the account, */
	char anew[128]; /* whose new one it is */
	char user_id[64];
};

extern struct fake_proofs fake_proofs;

/* Nobody is known. */
void fake_proofs_reset(void);

#endif
