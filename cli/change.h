/*
 * change - a change of an account that makes its outstanding code worthless:
 * of password or address (O-09). The code in Redis is killed while the
 * transaction of the change is open: no mail of a new one gets past it, and
 * without Redis nothing is changed.
 */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H

#include "cli/session.h"

/* False, and it has been said. The answer of `question` is gone then; what it
 * said is in `*anything` (NULL: not asked for). */
bool change_account(struct session *, const char *user_id,
    const struct people_sql_question *question, bool *anything);

#endif
