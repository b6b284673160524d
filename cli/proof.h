/*
 * proof - a password that somebody proves at the command line: an attempt
 * like any other, counted before it is evaluated (I-7) and by the same
 * counters as over EST (R-LOCK-1, R-LOCK-7).
 *
 * Fails: false, and it has been said; what is unknown, wrong, closed and
 * locked is said alike (R-AUTH-4).
 */
#ifndef CLI_PROOF_H
#define CLI_PROOF_H

#include "cli/session.h"
#include "cli/password.h"

/* `out` is the account, with the hash that the password fitted: wipe it. */
bool proof_of_account(struct session *, const char *user_id,
    const char *password, struct facts_account *out);
/* The initial password of a contract; its hash is in `out`. */
bool proof_of_contract(struct session *, const char *number,
    const char *password, char out[PASSWORD_HASH_SIZE]);

/* For --as: asks for the password, proves it, begins the session. */
bool proof_enter(struct session *, const char *user_id);

#endif
