/*
 * koshin mail list, show - the outbox: what was sent, what waits, what failed
 * (R-MAIL-4). Codes are not in it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/table.h"
#include "mailer/mail_kinds.h"

/* ------------------------------------------------------------------ list */

static const char *const columns[] = { "id", "kind", "user_id", "recipient",
	"state", "attempts", "made_at", "due_at", "done_at", "last_answer",
	NULL };

static const char list_sql[] =
    "SELECT m.id, m.kind, a.user_id, m.recipient, m.state, m.attempts,"
    " koshin.epoch(m.made_at),"
    " CASE WHEN m.state = 'queued' THEN koshin.epoch(m.due_at) END,"
    " koshin.epoch(m.done_at), m.last_answer FROM koshin.mail m"
    " LEFT JOIN koshin.account a ON a.id = m.account"
    " WHERE ($2::text IS NULL OR m.state = $2)"
    " AND ($3::text IS NULL OR a.user_id = $3)"
    " AND ($4::text IS NULL OR m.kind = $4)"
    " ORDER BY m.id DESC LIMIT $1::bigint";

/* NULL: all of them. False if it was asked for two at once. */
static bool
read_state(const struct command_line *line, const char **state)
{
	bool failed = command_given(line, "--failed");
	bool queued = command_given(line, "--queued");

	*state = failed ? "failed" : queued ? "queued" : NULL;
	if (!failed || !queued)
		return true;
	command_say("a mail is either --failed or --queued");
	command_print_usage(line->command);
	return false;
}

static bool
kind_ok(const char *kind)
{
	char known[512] = "must be one of:";
	size_t used = strlen(known);

	if (kind == NULL || mail_kinds_find(kind) != NULL)
		return true;
	for (size_t i = 0; i < kinds_count; i++)
		if (!kinds[i].part && used < sizeof(known))
			used += (size_t)snprintf(known + used,
			    sizeof(known) - used, " %s", kinds[i].name);
	command_refuse("--kind", known);
	return false;
}

static void
put_row(struct table *l, const struct database *db, size_t row)
{
	table_number(l, database_number(db, row, 0));
	for (size_t c = 1; c < 5; c++)
		table_text(l, database_text(db, row, c));
	table_number(l, database_number(db, row, 5));
	for (size_t c = 6; c < 9; c++)
		table_time(l, database_number(db, row, c));
	table_text(l, database_text(db, row, 9));
}

static enum command_exit
list(struct session *d)
{
	struct database_question q = { list_sql,
		{ NULL, NULL, command_value(d->line, "--user"),
		    command_value(d->line, "--kind") } };
	struct table *l;

	if (!read_state(d->line, &q.parameters[1]))
		return COMMAND_MISUSED;
	if (!kind_ok(command_value(d->line, "--kind")) ||
	    !session_limit(d->line, &q.parameters[0]) ||
	    !database_ask(d->database, &q))
		return COMMAND_FAILED;
	l = table_new(columns);
	for (size_t i = 0; i < database_rows(d->database); i++)
		put_row(l, d->database, i);
	table_print(l, command_given(d->line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_list(const struct command_line *line)
{
	return session_run(line, list);
}

const struct command mail_list = { "mail", "list", NULL,
	"lists mails, the newest first",
	(const struct command_option[]){
	    { "--failed", NULL, "only those that were refused for good", false,
		false },
	    { "--queued", NULL, "only those that wait", false, false },
	    { "--kind", "KIND", "of this kind only: code, issued, ...", false,
		false },
	    { "--user", "ID", "to this user only", false, false }, FIELD_LIMIT,
	    COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_list };

/* ------------------------------------------------------------------ show */

static const char *const show_columns[] = { "id", "kind", "user_id",
	"recipient", "state", "attempts", "made_at", "due_at", "done_at",
	"last_answer", "dies_at", "locale", "serial", "message_id", "event",
	NULL };

static const char show_sql[] =
    "SELECT m.id, m.kind, a.user_id, m.recipient, m.state, m.attempts,"
    " koshin.epoch(m.made_at),"
    " CASE WHEN m.state = 'queued' THEN koshin.epoch(m.due_at) END,"
    " koshin.epoch(m.done_at), m.last_answer, koshin.epoch(m.dies_at),"
    " m.locale, m.parameters ->> 'serial', m.message_id, m.event_key"
    " FROM koshin.mail m LEFT JOIN koshin.account a ON a.id = m.account"
    " WHERE m.id = $1::bigint";

static enum command_exit
show(struct session *d)
{
	const struct database *db = d->database;
	struct table *l;

	if (!field_mail(d->line->word) ||
	    !database_ask(d->database,
		&(struct database_question){ show_sql, { d->line->word } }))
		return COMMAND_FAILED;
	if (database_rows(db) == 0) {
		command_say("there is no mail %s", d->line->word);
		return COMMAND_FAILED;
	}
	l = table_new(show_columns);
	put_row(l, db, 0);
	table_time(l, database_number(db, 0, 10));
	for (size_t c = 11; c < 15; c++)
		table_text(l, database_text(db, 0, c));
	table_print_one(l, command_given(d->line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_show(const struct command_line *line)
{
	return session_run(line, show);
}

const struct command mail_show = { "mail", "show", "ID",
	"shows what is known of a mail; never its code",
	(const struct command_option[]){
	    COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_show };
