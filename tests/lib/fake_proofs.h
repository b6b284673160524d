/*
 * fake_proofs - db/proofs.h that answers what a test says and remembers what
 * it was asked. Questions are called account, contract, lock-account,
 * lock-contract and session.
 */
#ifndef TESTS_LIB_FAKE_PROOFS_H
#define TESTS_LIB_FAKE_PROOFS_H

#include "db/proofs.h"

struct fake_proofs {
	struct facts_holder holder; /* the answer */
	bool changed;		    /* no session, with that hash */
	bool gone;		    /* it is not up */
	/* heard */
	char name[300];
	struct accounts_lock lock;
	struct digest token;
	struct authority_limits limits;
	char hash[128]; /* that the session begins with */
};

extern struct fake_proofs fake_proofs;

/* Nobody is known. */
void fake_proofs_reset(void);

#endif
