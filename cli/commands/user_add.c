/*
 * koshin user add - registers a holder: by the operator, or by the master of
 * the contract (R-ACC-7).
 */
#include "cli/commands/commands.h"
#include "cli/field.h"
#include "cli/session.h"
#include "cli/password.h"
#include "cli/person.h"
#include "cli/lookup.h"

static bool
judge_user_id(struct session *d, const char *user_id)
{
	bool is_free;

	return lookup_free(d, user_id, &is_free) &&
	       field_ok("user ID", is_free ? NULL : "is taken; choose another");
}

bool
user_add(struct session *d)
{
	struct person p;
	char hash[PASSWORD_HASH_SIZE], made[PASSWORD_TEXT_SIZE];
	struct people_sql_question q;

	person_of_line(&p, d);
	if (!person_judge(&p) ||
	    !lookup_contract(d, AUTHORITY_REGISTER,
		p.ready.contract != NULL ? p.ready.contract
					 : d->self.contract) ||
	    !judge_user_id(d, p.ready.user_id) ||
	    !password_take(d, PASSWORD_OF_ACCOUNT, hash, made))
		return false;
	q = person_question(d, &p, hash, command_given(d->line, "--temporary"));
	return password_given(database_do(d->database, &q), made);
}

/* The user ID is a word as in the other commands, or an option. */
bool
user_add_fits(const struct command_line *line)
{
	bool option = command_given(line, "--user-id");

	if ((line->word != NULL) == option)
		return command_misused(line->command,
		    option ? "USER_ID is given twice" : "missing USER_ID", "");
	return command_given(line, "--contract") ||
	       command_given(line, "--as") ||
	       command_misused(line->command, "missing --contract", "");
}
