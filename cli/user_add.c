/*
 * koshin user add - registers a holder (R-ACC-2..7).
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/field.h"
#include "cli/password.h"

struct holder {
	const char *contract, *user_id, *role, *email, *locale;
	char name[256]; /* NFC */
};

static const char *
role_wrong(const char *role)
{
	if (strcmp(role, "master") == 0 || strcmp(role, "general") == 0 ||
	    strcmp(role, "device") == 0)
		return NULL;
	return "must be master, general or device";
}

/* Everything that is wrong is said, not only the first. */
static bool
judge(const struct desk *d, struct holder *h)
{
	const struct command_line *line = d->line;
	bool ok;

	h->contract = command_value(line, "--contract");
	h->user_id = line->word;
	h->role = command_value(line, "--role");
	h->email = command_value(line, "--email");
	h->locale = command_value(line, "--locale");
	if (h->locale == NULL)
		h->locale = d->config->service.locale;
	ok = field_ok(
	    "--contract", input_contract(h->contract, strlen(h->contract)));
	ok &=
	    field_ok("USER_ID", input_user_id(h->user_id, strlen(h->user_id)));
	ok &= field_ok("--role", role_wrong(h->role));
	ok &=
	    field_name(command_value(line, "--name"), h->name, sizeof(h->name));
	ok &= field_ok("--email", input_email(h->email, strlen(h->email)));
	ok &= field_ok("--locale", input_locale(h->locale, strlen(h->locale)));
	return ok;
}

static enum command_exit
add(struct desk *d)
{
	struct holder h;
	char hash[PASSWORD_HASH_SIZE], made[PASSWORD_TEXT_SIZE];
	bool added;

	if (!judge(d, &h) || !password_take(d, PASSWORD_OF_ACCOUNT, hash, made))
		return COMMAND_FAILED;
	added = database_ask(d->database,
	    &(struct database_question){
		"SELECT koshin.add_account($1, $2, $3, $4, $5, $6, $7, $8,"
		" $9::boolean)",
		{ d->actor, h.user_id, h.contract, h.role, h.name, h.email,
		    h.locale, hash,
		    command_given(d->line, "--temporary") ? "true"
							  : "false" } });
	if (!added)
		made[0] = '\0';
	password_show(made);
	return added ? COMMAND_DONE : COMMAND_FAILED;
}

/* The user ID is a word as in the other commands, or an option. */
static enum command_exit
run_add(const struct command_line *line)
{
	struct command_line whole = *line;
	const char *option = command_value(line, "--user-id");

	if ((whole.word != NULL) == (option != NULL)) {
		command_say(option != NULL ? "USER_ID is given twice"
					   : "missing USER_ID");
		command_print_usage(line->command);
		return COMMAND_MISUSED;
	}
	if (option != NULL)
		whole.word = option;
	return desk_run(&whole, add);
}

const struct command user_add = { "user", "add", "[USER_ID]",
	"registers a user of a contract",
	(const struct command_option[]){
	    { "--contract", "NUMBER", "8 digits", true, false },
	    { "--user-id", "USER_ID", "the same as the word USER_ID", false,
		false },
	    { "--role", "ROLE", "master, general or device", true, false },
	    { "--name", "NAME", "at most 20 characters", true, false },
	    { "--email", "ADDRESS", "where codes and notices go", true, false },
	    { "--locale", "LANGUAGE", "ja or en (default: service.locale)",
		false, false },
	    { "--temporary", NULL, "the user has to replace the password first",
		false, false },
	    PASSWORD_OPTIONS, COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_add };
