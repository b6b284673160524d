/*
 * voucher - what auth gives for a right password, and takes in its place a
 * little later: for people, who show the password on one page and the code on
 * the next (portal/session.h). It is good for nothing else, and not alone: a
 * place is taken and counted for it as for the password, and the code has to
 * come with it.
 *
 * A keyed digest, by the key of codes behind a label of its own, over
 * what it is for and over the hash of the password: whose password changes has
 * none left. Whoever keeps it can make none and change nothing about it.
 */
#ifndef POLICY_VOUCHER_H
#define POLICY_VOUCHER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/digest.h"
#include "base/must.h"
#include "policy/decide.h"

/* What it is for. Both times auth fills it in from what it knows itself. */
struct voucher_subject {
	int64_t account;      /* 0: the contract is meant, by its number */
	const char *contract; /* not read of an account */
	enum decide_operation operation;
	const char *profile;
	const char *password_hash; /* as it stands in the account's row */
};

struct voucher {
	int64_t ends_at; /* a moment: instances share no other clock */
	struct digest mac;
};

/* `key` is that of codes. */
struct voucher voucher_make(const struct secret_key *key,
    const struct voucher_subject *, time_t ends_at);
/* Also false from its end on. */
MUST_CHECK bool voucher_holds(const struct secret_key *key,
    const struct voucher_subject *, const struct voucher *, time_t now);

#endif
