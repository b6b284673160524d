/*
 * proof - a password that somebody proves at the command line: an attempt
 * like any other, counted before it is evaluated (I-7) and by the same
 * counters as over EST (R-LOCK-1, R-LOCK-7). auth judges it where it runs for
 * this user, else the command does, with auth's prover and the rights of
 * koshin_auth (cli/desk.h); whoever has proved it goes on as koshin_member, in
 * the session that it has begun, until proof_end().
 *
 * Fails: false, and it has been said; what is unknown, wrong, closed and
 * locked is said alike (R-AUTH-4).
 */
#ifndef CLI_PROOF_H
#define CLI_PROOF_H

#include "cli/session.h"
#include "cli/password.h"

/* `out` is the account; its hash is not told. */
bool proof_of_account(struct session *, const char *user_id,
    const char *password, struct facts_account *out);
/* The initial password of a contract. */
bool proof_of_contract(
    struct session *, const char *number, const char *password);

/* For --as: asks for the password, proves it, and sees that the account may
 * act. */
bool proof_enter(struct session *, const char *user_id);

/* Ends the session, if there is one. */
void proof_end(struct session *);

#endif
