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

typedef bool lookup_none_fn(const char *name);

/* What the command's row says of its target; session->target and ->serial. */
bool lookup_target(struct session *);
/* `out`: id, user ID, contract, role and state. */
bool lookup_account(struct session *, enum authority_act, const char *user_id,
    struct facts_account *out);
bool lookup_contract(struct session *, enum authority_act, const char *number);

/* Whether nobody has that user ID: what a master learns by it is counted, and
 * has an end (T6). False: it has been said. */
bool lookup_free(struct session *, const char *user_id, bool *is_free);

/* Says `there is no user ...`; false. */
lookup_none_fn lookup_no_user, lookup_no_contract, lookup_no_certificate,
    lookup_no_mail;

#endif
