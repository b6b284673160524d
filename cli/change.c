#include "cli/change.h"

bool
change_for_reason(
    struct session *d, people_sql_change_fn *question, const char *nothing)
{
	const char *reason = command_value(d->line, "--reason");
	struct people_sql_question q =
	    question(d->remark, d->line->word, reason != NULL ? reason : "");

	if (!database_do(d->database, &q))
		return false;
	if (nothing != NULL && !database_said(d->database))
		command_say("%s %s %s", d->line->command->group, d->line->word,
		    nothing);
	return true;
}

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
