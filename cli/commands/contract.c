/*
 * koshin contract add, reset, unblock, close - customers (R-ACC-1, R-ACC-8a,
 * R-LOCK-7). What Redis remembers of a contract is set to zero first, or it
 * would be carried back (db/attempts.h).
 */
#include <string.h>

#include "cli/change.h"
#include "cli/commands/commands.h"
#include "cli/password.h"

bool
contract_add(struct session *d)
{
	const char *number = d->line->word;
	const char *name = command_value(d->line, "--name");
	char hash[PASSWORD_HASH_SIZE] = "", made[PASSWORD_TEXT_SIZE];
	char nfc[256] = "";
	struct people_sql_question q =
	    people_sql_add_contract(d->remark, number, nfc, hash);

	if (!field_ok("number", input_contract(number, strlen(number))) ||
	    (name != NULL && !field_title("--name", name, nfc, sizeof(nfc))) ||
	    !password_take(d, PASSWORD_INITIAL, hash, made))
		return false;
	return password_given(database_do(d->database, &q), made);
}

bool
contract_reset(struct session *d)
{
	char hash[PASSWORD_HASH_SIZE] = "", made[PASSWORD_TEXT_SIZE];
	struct people_sql_question q = people_sql_reset_contract(
	    d->remark, d->line->word, hash, command_value(d->line, "--reason"));

	if (!password_take(d, PASSWORD_INITIAL, hash, made))
		return false;
	return password_given(
	    counters_lift_contract(d->counters, d->line->word) &&
		database_do(d->database, &q),
	    made);
}

bool
contract_unblock(struct session *d)
{
	return counters_lift_contract(d->counters, d->line->word) &&
	       change_for_reason(d, people_sql_lift_contract,
		   "was not blocked; nothing to do");
}

bool
contract_close(struct session *d)
{
	return change_for_reason(d, people_sql_close_contract, NULL);
}
