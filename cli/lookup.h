/*
 * lookup - what a command acts on, and whether the actor may (policy/
 * authority). Statements are held to the contract of the session here, the
 * rows once more by the database (I-14).
 *
 * Each is false when it is not for the actor, and that has been said: what is
 * not the actor's in the words of what does not exist.
 */
#ifndef CLI_LOOKUP_H
#define CLI_LOOKUP_H

#include "cli/session.h"

/* What the command's row says of its target; session->target and ->serial. */
bool lookup_target(struct session *);
/* `out`: id, user ID, contract, role and state. */
bool lookup_account(struct session *, enum authority_act, const char *user_id,
    struct facts_account *out);
bool lookup_contract(struct session *, enum authority_act, const char *number);

/* `there is no user ...` */
void lookup_no_user(const char *user_id);
void lookup_no_contract(const char *number);
void lookup_no_certificate(const char *serial);
void lookup_no_mail(const char *id);

#endif
