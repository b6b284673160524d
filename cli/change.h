/*
 * change - one change of an account or contract by the word of a command.
 * False: it has been said.
 */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H

#include "cli/session.h"

/*
 * With --reason. `nothing` is what to say of the word where there was nothing
 * to do; NULL: there always is.
 */
bool change_for_reason(
    struct session *, people_sql_change_fn *, const char *nothing);

/*
 * One that makes the outstanding code worthless: of password or address
 * (O-09). The code in Redis is killed while the transaction of the change is
 * open: no mail of a new one gets past it, and without Redis nothing is
 * changed. The answer of `question` is gone then; what it said is in
 * `*anything`.
 */
bool change_account(struct session *, const char *user_id,
    const struct people_sql_question *question, bool *anything);

#endif
