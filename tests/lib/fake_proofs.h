/*
 * fake_proofs - db/proofs.h that answers what a test says and remembers what
 * it was asked. Questions are called account, contract, lock-account and
 * lock-contract.
 */
#ifndef TESTS_LIB_FAKE_PROOFS_H
#define TESTS_LIB_FAKE_PROOFS_H

#include "db/proofs.h"

struct fake_proofs {
	struct facts_holder holder; /* the answer */
	/* heard */
	char name[300];
	struct accounts_lock lock;
};

extern struct fake_proofs fake_proofs;

/* Nobody is known. */
void fake_proofs_reset(void);

#endif
