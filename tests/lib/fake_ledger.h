/*
 * fake_ledger - db/ledger.h in memory, which holds the issuer to its promises:
 * the test fails when something is recorded that was not reserved with these
 * very bytes (I-2), or reserved or recorded twice (I-3).
 *
 * All accounts exist, are active general users, and have the certificates
 * that were recorded for them. One ledger at a time.
 */
#ifndef TESTS_LIB_FAKE_LEDGER_H
#define TESTS_LIB_FAKE_LEDGER_H

#include "db/ledger.h"

#define FAKE_LEDGER_ROWS 4096

struct fake_row {
	struct ledger_reservation given;
	bool issued, abandoned, installed;
	size_t der_len;
	unsigned char der[LEDGER_DER_MAX];
};

struct fake_ledger {
	bool up;
	/* What the next questions hear instead of the truth, that often. */
	unsigned facts_down, reserve_down, reserve_conflict, record_down;
	unsigned open_for;	 /* facts say LEDGER_OPEN that often */
	enum ledger_known known; /* what facts say; LEDGER_NEW: the truth */
	enum facts_role role;
	bool abandon; /* rows are closed before they are recorded */
	/* What was asked. */
	unsigned facts_asked, reserve_asked, record_asked;
	size_t largest;		 /* batch of facts */
	bool two_of_one_account; /* were in one batch */
	struct fake_row *row[FAKE_LEDGER_ROWS];
	size_t rows;
	size_t issued;
	/* Called before a record is answered; or NULL. */
	void (*before_record)(void);
};
extern struct fake_ledger fake_ledger;

void fake_ledger_reset(void); /* forgets and frees everything */

#endif
