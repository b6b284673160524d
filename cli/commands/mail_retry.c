/*
 * koshin mail retry - for mails that were refused for good, once the reason is
 * gone (R-MAIL-4).
 */
#include <inttypes.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/field.h"

static enum command_exit
retry_all(struct session *d)
{
	struct database *db = d->database;
	int64_t tried, left;

	if (!database_ask(
		db, &(struct database_question){
			"SELECT koshin.retry_failed_mails($1)", { d->actor } }))
		return COMMAND_FAILED;
	tried = database_number(db, 0, 0);
	if (!database_ask(db,
		&(struct database_question){ "SELECT count(*) FROM koshin.mail"
					     " WHERE state = 'failed'",
		    { NULL } }))
		return COMMAND_FAILED;
	left = database_number(db, 0, 0);
	command_say("%" PRId64 " are tried again", tried);
	if (left > 0)
		command_say("%" PRId64 " have nothing to say any more: codes "
			    "that are dead, notices that are overtaken",
		    left);
	return COMMAND_DONE;
}

/* Why a mail is not one that can be tried again. */
static enum command_exit
say_why_not(struct database *db, const char *id)
{
	const char *state, *kind;

	if (!database_ask(db, &(struct database_question){
				  "SELECT state, kind FROM koshin.mail"
				  " WHERE id = $1::bigint",
				  { id } }))
		return COMMAND_FAILED;
	if (database_rows(db) == 0) {
		command_say("there is no mail %s", id);
		return COMMAND_FAILED;
	}
	state = database_text(db, 0, 0);
	kind = database_text(db, 0, 1);
	if (strcmp(kind, "code") == 0)
		command_say("mail %s cannot be tried again: its code is dead; "
			    "whoever wants one asks for a new one",
		    id);
	else if (strcmp(state, "failed") == 0)
		command_say(
		    "mail %s cannot be tried again: its time is over", id);
	else
		command_say("mail %s cannot be tried again: it has not "
			    "failed, it is %s",
		    id, state);
	return COMMAND_FAILED;
}

static enum command_exit
retry_one(struct session *d, const char *id)
{
	if (!field_mail(id) ||
	    !database_ask(
		d->database, &(struct database_question){
				 "SELECT koshin.retry_mail($1, $2::bigint)",
				 { d->actor, id } }))
		return COMMAND_FAILED;
	if (database_switch(d->database, 0, 0))
		return COMMAND_DONE;
	return say_why_not(d->database, id);
}

static enum command_exit
retry(struct session *d)
{
	return d->line->word != NULL ? retry_one(d, d->line->word)
				     : retry_all(d);
}

static enum command_exit
run_retry(const struct command_line *line)
{
	if ((line->word != NULL) == command_given(line, "--all-failed")) {
		command_say("say the ID of a mail, or --all-failed");
		command_print_usage(line->command);
		return COMMAND_MISUSED;
	}
	return session_run(line, retry);
}

const struct command mail_retry = { "mail", "retry", "[ID]",
	"tries a mail once more that was refused for good",
	(const struct command_option[]){
	    { "--all-failed", NULL, "all of them", false, false },
	    COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_retry };
