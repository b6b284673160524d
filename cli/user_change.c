/*
 * koshin user unlock, close, set-email, set-password.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/field.h"
#include "cli/lift.h"
#include "cli/password.h"

/* The account's state, NULL if there is none; both have been said. */
static const char *
state_of(struct desk *d)
{
	if (!database_ask(d->database,
		&(struct database_question){
		    "SELECT state FROM koshin.account WHERE user_id = $1",
		    { d->line->word } }))
		return NULL;
	if (database_rows(d->database) == 1)
		return database_text(d->database, 0, 0);
	command_say("there is no user `%.64s`", d->line->word);
	return NULL;
}

/*
 * R-LOCK-6. Redis first: were it the other way round and Redis away, the
 * account would look open and still be refused, or be locked again by what
 * Redis remembers.
 */
static enum command_exit
unlock(struct desk *d)
{
	const char *reason = command_value(d->line, "--reason");
	const char *state;

	if (!field_reason(reason) || (state = state_of(d)) == NULL)
		return COMMAND_FAILED;
	if (strcmp(state, "closed") == 0) {
		command_say(
		    "user %s is closed; nothing to unlock", d->line->word);
		return COMMAND_FAILED;
	}
	if (!lift_counters(d->config, d->line->word) ||
	    !database_ask(
		d->database, &(struct database_question){
				 "SELECT koshin.lift_account($1, $2, $3)",
				 { d->actor, d->line->word, reason } }))
		return COMMAND_FAILED;
	if (!database_switch(d->database, 0, 0))
		command_say("user %s was neither locked nor blocked; failures "
			    "in a row are at zero",
		    d->line->word);
	return COMMAND_DONE;
}

static enum command_exit
run_unlock(const struct command_line *line)
{
	return desk_run(line, unlock);
}

const struct command user_unlock = { "user", "unlock", "USER_ID",
	"lifts a lock or block, and sets the failures to zero",
	(const struct command_option[]){
	    FIELD_REASON, COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_unlock };

static enum command_exit
close_account(struct desk *d)
{
	const char *state = state_of(d);

	if (state == NULL)
		return COMMAND_FAILED;
	if (strcmp(state, "closed") == 0) {
		command_say(
		    "user %s was closed before; nothing to do", d->line->word);
		return COMMAND_DONE;
	}
	return database_ask(d->database,
		   &(struct database_question){
		       "SELECT koshin.close_account($1, $2)",
		       { d->actor, d->line->word } })
		   ? COMMAND_DONE
		   : COMMAND_FAILED;
}

static enum command_exit
run_close(const struct command_line *line)
{
	return desk_run(line, close_account);
}

const struct command user_close = { "user", "close", "USER_ID",
	"closes a user for good; certificates stay until revoked",
	(const struct command_option[]){
	    COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_close };

/* R-ACC-8 */
static enum command_exit
set_email(struct desk *d)
{
	const char *email = command_value(d->line, "--email");

	if (!field_ok("--email", input_email(email, strlen(email))))
		return COMMAND_FAILED;
	return database_ask(d->database,
		   &(struct database_question){
		       "SELECT koshin.set_email($1, $2, $3)",
		       { d->actor, d->line->word, email } })
		   ? COMMAND_DONE
		   : COMMAND_FAILED;
}

static enum command_exit
run_set_email(const struct command_line *line)
{
	return desk_run(line, set_email);
}

const struct command user_set_email = { "user", "set-email", "USER_ID",
	"changes the address; the old and the new one are told",
	(const struct command_option[]){
	    { "--email", "ADDRESS", "the new address", true, false },
	    COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_set_email };

static enum command_exit
set_password(struct desk *d)
{
	char hash[PASSWORD_HASH_SIZE], made[PASSWORD_TEXT_SIZE];
	bool set;

	if (state_of(d) == NULL ||
	    !password_take(d, PASSWORD_OF_ACCOUNT, hash, made))
		return COMMAND_FAILED;
	set = database_ask(d->database,
	    &(struct database_question){
		"SELECT koshin.set_password($1, $2, $3, $4::boolean)",
		{ d->actor, d->line->word, hash,
		    command_given(d->line, "--temporary") ? "true"
							  : "false" } });
	if (!set)
		made[0] = '\0';
	password_show(made);
	return set ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
run_set_password(const struct command_line *line)
{
	return desk_run(line, set_password);
}

const struct command user_set_password = { "user", "set-password", "USER_ID",
	"gives a user a new password",
	(const struct command_option[]){
	    { "--temporary", NULL, "the user has to replace it first", false,
		false },
	    PASSWORD_OPTIONS, COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_set_password };
