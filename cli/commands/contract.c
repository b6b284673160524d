/*
 * koshin contract add, reset, unblock, set-profiles, close - customers
 * (R-ACC-1, R-ACC-8a, R-LOCK-7, R-CERT-11). What Redis remembers of a contract
 * is set to zero first, or it would be carried back (db/attempts.h).
 */
#include <stdio.h>
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

/*
 * The names of --profile, each one that there is, with commas between. False:
 * it has been said.
 */
static bool
join_profiles(const struct session *d, char list[FACTS_PROFILES_SIZE])
{
	const char *names[COMMAND_VALUES_MAX];
	size_t n =
	    command_values(d->line, "--profile", names, COMMAND_VALUES_MAX);
	size_t used = 0;

	list[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		if (len == 0 ||
		    config_profile(d->config, names[i], len) == NULL)
			return command_say(
			    "--profile: unknown profile `%s`", names[i]);
		if (used + len + 2 > FACTS_PROFILES_SIZE)
			return command_say(
			    "--profile: the names must have at most %d "
			    "characters in total",
			    FACTS_PROFILES_SIZE - 1);
		used +=
		    (size_t)snprintf(list + used, FACTS_PROFILES_SIZE - used,
			"%s%s", i == 0 ? "" : ",", names[i]);
	}
	return true;
}

bool
contract_set_profiles(struct session *d)
{
	char list[FACTS_PROFILES_SIZE] = "";
	struct people_sql_question q =
	    people_sql_set_profiles(d->remark, d->line->word, list);

	if (!join_profiles(d, list) || !database_do(d->database, &q))
		return false;
	if (!database_said(d->database))
		command_say("these are its profiles already; nothing to do");
	return true;
}

bool
contract_close(struct session *d)
{
	return change_for_reason(d, people_sql_close_contract, NULL);
}
