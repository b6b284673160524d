#include "cli/change.h"

bool
change_account(struct session *d, const char *user_id,
    const struct people_sql_question *q, bool *anything)
{
	if (!database_begin(d->database) || !database_do(d->database, q))
		return false;
	*anything = database_said(d->database);
	return counters_drop_code(d->counters, user_id) &&
	       database_commit(d->database);
}
