#include "cli/change.h"

#include "cli/counters.h"

static bool
change(struct session *d, struct counters *n, const char *user_id,
    const struct people_sql_question *q, bool *anything)
{
	if (!database_do(d->database, q))
		return false;
	if (anything != NULL)
		*anything = database_switch(d->database, 0, 0);
	return counters_drop_code(n, user_id);
}

bool
change_account(struct session *d, const char *user_id,
    const struct people_sql_question *q, bool *anything)
{
	struct counters *n = counters_open(d->config);
	bool done = false;

	if (n != NULL && database_begin(d->database)) {
		if (change(d, n, user_id, q, anything))
			done = database_commit(d->database);
		else
			database_rollback(d->database);
	}
	counters_close(n);
	return done;
}
