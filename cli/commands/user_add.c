/*
 * koshin user add - registers a holder: by the operator, or by the master of
 * the contract (R-ACC-7).
 */
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/password.h"
#include "cli/person.h"
#include "cli/lookup.h"

static bool
judge(const struct session *d, struct person *p)
{
	const struct command_line *line = d->line;
	const char *locale = command_value(line, "--locale");

	*p = (struct person){
		.given = { line->word != NULL
			       ? line->word
			       : command_value(line, "--user-id"),
		    command_value(line, "--contract"),
		    command_value(line, "--role"),
		    command_value(line, "--name"),
		    command_value(line, "--email"),
		    locale != NULL ? locale : d->config->service.locale },
		.label = { "USER_ID", "--contract", "--role", "--name",
		    "--email", "--locale" },
		.roles = d->who == AUTHORITY_OPERATOR ? "master general device"
						      : "general device",
	};
	return person_judge(p);
}

enum command_exit
user_add(struct session *d)
{
	struct person p;
	char hash[PASSWORD_HASH_SIZE], made[PASSWORD_TEXT_SIZE];
	struct people_sql_question q;

	if (!judge(d, &p) ||
	    !lookup_contract(d, AUTHORITY_REGISTER,
		p.ready.contract != NULL ? p.ready.contract
					 : d->self.contract) ||
	    !password_take(d, PASSWORD_OF_ACCOUNT, hash, made))
		return COMMAND_FAILED;
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
