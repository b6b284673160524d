/*
 * koshin mail - the outbox: what was sent, what waits, what failed
 * (R-MAIL-4). Codes are not in it.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/field.h"
#include "cli/listing.h"

static const char *const columns[] = { "id", "kind", "user_id", "recipient",
	"state", "attempts", "made_at", "due_at", "done_at", "last_answer",
	NULL };

static enum command_exit
list(struct desk *d)
{
	struct database *db = d->database;
	struct listing *l;
	struct database_question q = {
		"SELECT m.id, m.kind, a.user_id, m.recipient, m.state,"
		" m.attempts, koshin.epoch(m.made_at),"
		" CASE WHEN m.state = 'queued' THEN koshin.epoch(m.due_at) END,"
		" koshin.epoch(m.done_at), m.last_answer FROM koshin.mail m"
		" LEFT JOIN koshin.account a ON a.id = m.account"
		" WHERE ($2::text IS NULL OR m.state = $2)"
		" AND ($3::text IS NULL OR a.user_id = $3)"
		" ORDER BY m.id DESC LIMIT $1::bigint",
		{ NULL, command_given(d->line, "--failed") ? "failed" : NULL,
		    command_value(d->line, "--user") }
	};

	if (!desk_limit(d->line, &q.parameters[0]) || !database_ask(db, &q))
		return COMMAND_FAILED;
	l = listing_new(columns);
	for (size_t i = 0; i < database_rows(db); i++) {
		listing_number(l, database_number(db, i, 0));
		for (size_t c = 1; c < 5; c++)
			listing_text(l, database_text(db, i, c));
		listing_number(l, database_number(db, i, 5));
		for (size_t c = 6; c < 9; c++)
			listing_time(l, database_number(db, i, c));
		listing_text(l, database_text(db, i, 9));
	}
	listing_print(l, command_given(d->line, "--json"));
	listing_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_list(const struct command_line *line)
{
	return desk_run(line, list);
}

const struct command mail_list = { "mail", "list", NULL,
	"lists mails, the newest first",
	(const struct command_option[]){
	    { "--failed", NULL, "only those that were refused for good", false,
		false },
	    { "--user", "ID", "to this user only", false, false }, FIELD_LIMIT,
	    COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_list };

static enum command_exit
retry(struct desk *d)
{
	const char *id = d->line->word;

	if (strlen(id) > 18 || id[strspn(id, "0123456789")] != '\0')
		return command_refuse(
		    "ID", "must be a number, as `koshin mail list` shows it");
	if (!database_ask(
		d->database, &(struct database_question){
				 "SELECT koshin.retry_mail($1, $2::bigint)",
				 { d->actor, id } }))
		return COMMAND_FAILED;
	if (database_switch(d->database, 0, 0))
		return COMMAND_DONE;
	command_say("mail %s cannot be tried again: it has not failed, its "
		    "time is over, or there is none",
	    id);
	return COMMAND_FAILED;
}

static enum command_exit
run_retry(const struct command_line *line)
{
	return desk_run(line, retry);
}

const struct command mail_retry = { "mail", "retry", "ID",
	"tries a mail once more that was refused for good",
	(const struct command_option[]){
	    COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_retry };
