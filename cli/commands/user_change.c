/*
 * koshin user unlock, close, set-name, set-email, set-password,
 * temporary-password.
 */
#include <string.h>

#include "cli/change.h"
#include "cli/commands/commands.h"
#include "cli/counters.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/password.h"
#include "cli/lookup.h"

/*
 * R-LOCK-6. Redis first: were it the other way round and Redis away, the
 * account would look open and still be refused, or be locked again by what
 * Redis remembers.
 */
static bool
lift(struct session *d, const char *reason)
{
	struct people_sql_question q =
	    people_sql_lift_account(d->actor, d->line->word, reason);
	struct counters *n = counters_open(d->config);
	bool lifted = n != NULL && counters_lift(n, d->line->word) &&
		      database_do(d->database, &q);

	counters_close(n);
	return lifted;
}

static enum command_exit
unlock(struct session *d)
{
	const char *reason = command_value(d->line, "--reason");
	struct facts_account a;

	if (!field_reason(reason) ||
	    !lookup_account(d, AUTHORITY_LIFT, d->line->word, &a))
		return COMMAND_FAILED;
	if (a.state == FACTS_CLOSED) {
		command_say(
		    "user %s is closed; nothing to unlock", d->line->word);
		return COMMAND_FAILED;
	}
	if (!lift(d, reason))
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
	return session_run(line, unlock);
}

const struct command user_unlock = { "user", "unlock", "USER_ID",
	"lifts a lock or block, and sets the failures to zero",
	(const struct command_option[]){ FIELD_REASON, COMMAND_ACTOR,
	    COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_unlock };

static enum command_exit
close_account(struct session *d)
{
	const char *reason = command_value(d->line, "--reason");
	struct people_sql_question q = people_sql_close_account(
	    d->actor, d->line->word, reason != NULL ? reason : "");
	struct facts_account a;

	if ((reason != NULL && !field_reason(reason)) ||
	    !lookup_account(d, AUTHORITY_CLOSE, d->line->word, &a))
		return COMMAND_FAILED;
	if (a.state == FACTS_CLOSED) {
		command_say(
		    "user %s was closed before; nothing to do", d->line->word);
		return COMMAND_DONE;
	}
	return database_do(d->database, &q) ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
run_close(const struct command_line *line)
{
	return session_run(line, close_account);
}

const struct command user_close = { "user", "close", "USER_ID",
	"closes a user for good, and the certificates",
	(const struct command_option[]){
	    { "--reason", "TEXT", "why; stays in the audit trail", false,
		false },
	    COMMAND_ACTOR, COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_close };

/* ------------------------------------------------------ name and address */

static enum command_exit
set_name(struct session *d)
{
	char nfc[256] = "";
	struct people_sql_question q =
	    people_sql_set_name(d->actor, d->line->word, nfc);
	struct facts_account a;

	if (!field_name(command_value(d->line, "--name"), nfc, sizeof(nfc)) ||
	    !lookup_account(d, AUTHORITY_SET_NAME, d->line->word, &a) ||
	    !database_do(d->database, &q))
		return COMMAND_FAILED;
	if (!database_switch(d->database, 0, 0))
		command_say("this is the name already; nothing to do");
	return COMMAND_DONE;
}

static enum command_exit
run_set_name(const struct command_line *line)
{
	return session_run(line, set_name);
}

const struct command user_set_name = { "user", "set-name", "USER_ID",
	"changes the name of a user",
	(const struct command_option[]){
	    { "--name", "NAME", "at most 20 characters", true, false },
	    COMMAND_ACTOR, COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_set_name };

/* R-ACC-8 */
static enum command_exit
set_email(struct session *d)
{
	const char *email = command_value(d->line, "--email");
	struct people_sql_question q =
	    people_sql_set_email(d->actor, d->line->word, email);
	struct facts_account a;
	bool anything;

	if (!field_ok("--email", input_email(email, strlen(email))) ||
	    !lookup_account(d, AUTHORITY_SET_EMAIL, d->line->word, &a) ||
	    !change_account(d, d->line->word, &q, &anything))
		return COMMAND_FAILED;
	if (!anything)
		command_say("this is the address already; nothing to do");
	return COMMAND_DONE;
}

static enum command_exit
run_set_email(const struct command_line *line)
{
	return session_run(line, set_email);
}

const struct command user_set_email = { "user", "set-email", "USER_ID",
	"changes the address; both are told",
	(const struct command_option[]){
	    { "--email", "ADDRESS", "the new address", true, false },
	    COMMAND_ACTOR, COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_set_email };

/* ------------------------------------------------------------- passwords */

/* One's own: the password that --as has proved is the old one. */
static bool
change_own(struct session *d, const char *hash)
{
	struct people_sql_question q = people_sql_change_password(
	    d->self.user_id, d->self.password_hash, hash);
	bool changed;

	if (!change_account(d, d->self.user_id, &q, &changed))
		return false;
	if (!changed)
		command_say("the password has just been changed; try again");
	return changed;
}

static bool
give(struct session *d, const char *hash, bool temporary)
{
	bool given = d->who != AUTHORITY_OPERATOR ||
		     d->line->command == &user_temporary_password;
	struct people_sql_question q =
	    given ? people_sql_give_password(d->actor, d->line->word, hash)
		  : people_sql_set_password(
			d->actor, d->line->word, hash, temporary);

	return change_account(d, d->line->word, &q, NULL);
}

static enum command_exit
new_password(struct session *d, bool temporary)
{
	char hash[PASSWORD_HASH_SIZE], made[PASSWORD_TEXT_SIZE];
	struct facts_account a;
	bool done;

	if (!lookup_account(d,
		temporary ? AUTHORITY_SET_TEMPORARY : AUTHORITY_SET_PASSWORD,
		d->line->word, &a) ||
	    !password_take(d, PASSWORD_OF_ACCOUNT, hash, made))
		return COMMAND_FAILED;
	if (d->who != AUTHORITY_OPERATOR && a.id == d->self.id)
		done = change_own(d, hash);
	else
		done = give(d, hash, temporary);
	if (!done)
		made[0] = '\0';
	password_show(made);
	return done ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
set_password(struct session *d)
{
	return new_password(d, command_given(d->line, "--temporary"));
}

static enum command_exit
run_set_password(const struct command_line *line)
{
	return session_run(line, set_password);
}

const struct command user_set_password = { "user", "set-password", "USER_ID",
	"gives a user a new password; with --as, one's own",
	(const struct command_option[]){
	    { "--temporary", NULL, "the user has to replace it first", false,
		false },
	    PASSWORD_OPTIONS, COMMAND_ACTOR, COMMAND_AS, COMMAND_CONFIG,
	    COMMAND_END },
	run_set_password };

static enum command_exit
temporary_password(struct session *d)
{
	return new_password(d, true);
}

static enum command_exit
run_temporary_password(const struct command_line *line)
{
	return session_run(line, temporary_password);
}

/* R-ACC-7 */
const struct command user_temporary_password = { "user", "temporary-password",
	"USER_ID", "gives a password that is replaced first",
	(const struct command_option[]){ PASSWORD_OPTIONS, COMMAND_ACTOR,
	    COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_temporary_password };
