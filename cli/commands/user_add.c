/*
 * koshin user add - registers a holder: by the operator, or by the master of
 * the contract (R-ACC-7).
 */
#include <string.h>

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
		.given = { line->word, command_value(line, "--contract"),
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

static struct people_sql_question
question(const struct session *d, const struct person *p, const char *hash)
{
	if (d->who != AUTHORITY_OPERATOR)
		return people_sql_register_member(&p->ready, hash);
	return people_sql_add_account(
	    d->actor, &p->ready, hash, command_given(d->line, "--temporary"));
}

static enum command_exit
add(struct session *d)
{
	struct person p;
	char hash[PASSWORD_HASH_SIZE], made[PASSWORD_TEXT_SIZE];
	struct people_sql_question q;
	bool added;

	if (!judge(d, &p) ||
	    !lookup_contract(d, AUTHORITY_REGISTER,
		p.ready.contract != NULL ? p.ready.contract
					 : d->self.contract) ||
	    !password_take(d, PASSWORD_OF_ACCOUNT, hash, made))
		return COMMAND_FAILED;
	q = question(d, &p, hash);
	added = database_do(d->database, &q);
	if (!added)
		made[0] = '\0';
	password_show(made);
	return added ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
misused(const struct command_line *line, const char *what)
{
	command_say("%s", what);
	command_print_usage(line->command);
	return COMMAND_MISUSED;
}

/* The user ID is a word as in the other commands, or an option. */
static enum command_exit
run_add(const struct command_line *line)
{
	struct command_line whole = *line;
	const char *option = command_value(line, "--user-id");

	if ((whole.word != NULL) == (option != NULL))
		return misused(line, option != NULL ? "USER_ID is given twice"
						    : "missing USER_ID");
	if (!command_given(line, "--contract") && !command_given(line, "--as"))
		return misused(line, "missing --contract");
	if (option != NULL)
		whole.word = option;
	return session_run(&whole, add);
}

const struct command user_add = { "user", "add", "[USER_ID]",
	"registers a user of a contract",
	(const struct command_option[]){
	    { "--contract", "NUMBER", "8 digits; with --as, one's own", false,
		false },
	    { "--user-id", "USER_ID", "the same as the word USER_ID", false,
		false },
	    { "--role", "ROLE", "master, general or device", true, false },
	    { "--name", "NAME", "at most 20 characters", true, false },
	    { "--email", "ADDRESS", "where codes and notices go", true, false },
	    { "--locale", "LANGUAGE", "ja or en (default: service.locale)",
		false, false },
	    { "--temporary", NULL,
		"the user has to replace the password first; with --as this "
		"is always so",
		false, false },
	    PASSWORD_OPTIONS, COMMAND_ACTOR, COMMAND_AS, COMMAND_CONFIG,
	    COMMAND_END },
	run_add };
