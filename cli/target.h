/*
 * target - what a command acts on, and whether the actor may (policy/
 * authority). Statements are held to the contract of the session here, the
 * rows once more by the database (I-14).
 *
 * Each is false when it is not for the actor, and that has been said: what is
 * not the actor's in the words of what does not exist.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "cli/desk.h"

/* `out`: id, user ID, contract, role and state. */
bool target_account(struct desk *, enum authority_act, const char *user_id,
    struct facts_account *out);
bool target_contract(struct desk *, enum authority_act, const char *number);
/* To revoke it: `serial` as 40 digits. */
bool target_certificate(struct desk *, const char *serial);

/* `there is no user ...` */
void target_no_user(const char *user_id);
void target_no_contract(const char *number);
void target_no_certificate(const char *serial);

#endif
