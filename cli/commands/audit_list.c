/*
 * koshin audit list - who changed what, and when.
 */
#include <stdio.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/table.h"
#include "cli/time_text.h"

/* A row of a contract itself has no account. */
static const char list_sql[] =
    "SELECT a.id, s.position,"
    " CASE WHEN isfinite(a.at) THEN koshin.epoch(a.at) END,"
    " a.actor, a.role, a.action, a.object, u.user_id,"
    " coalesce(u.contract, substring(a.object FROM '^contract:(.*)$')),"
    " a.details->>'reason', a.details::text FROM koshin.audit a"
    " LEFT JOIN koshin.audit_seal s ON s.audit = a.id"
    " LEFT JOIN koshin.account u ON u.id = a.account"
    " WHERE ($2::text IS NULL OR u.user_id = $2)"
    " AND ($3::text IS NULL OR u.contract = $3"
    " OR a.object = 'contract:' || $3)"
    " AND ($4::text IS NULL OR a.action = $4 OR a.action LIKE $4 || '.%')"
    " AND ($5::bigint IS NULL OR a.at >= to_timestamp($5::bigint))"
    " AND ($6::bigint IS NULL OR a.at < to_timestamp($6::bigint))"
    " ORDER BY a.id DESC LIMIT $1::bigint";

static const char *const columns[] = { "id", "position", "at", "actor", "role",
	"action", "object", "user_id", "contract", "reason", "details", NULL };

/* As seconds since 1970, for the question. NULL in *out: not given. */
static bool
read_moment(const struct command_line *line, const char *option, char room[24],
    const char **out)
{
	const char *text = command_value(line, option);
	time_t at;

	*out = NULL;
	if (text == NULL)
		return true;
	if (!time_text_read(text, &at)) {
		command_refuse(option, "must be a day, as 2026-11-20, or a "
				       "time, as 2026-11-20T09:30:00");
		return false;
	}
	snprintf(room, 24, "%lld", (long long)at);
	*out = room;
	return true;
}

static void
put_rows(const struct database *db, struct table *l)
{
	for (size_t i = 0; i < database_rows(db); i++) {
		table_number(l, database_number(db, i, 0));
		if (database_text(db, i, 1) != NULL)
			table_number(l, database_number(db, i, 1));
		else
			table_text(l, NULL); /* it has no seal yet */
		table_time(l, database_number(db, i, 2));
		for (size_t c = 3; c < 11; c++)
			table_text(l, database_text(db, i, c));
	}
}

static enum command_exit
list(struct session *d)
{
	char since[24], until[24];
	struct table *l;
	struct database_question q = { list_sql,
		{ NULL, command_value(d->line, "--user"),
		    command_value(d->line, "--contract"),
		    command_value(d->line, "--action") } };

	if (!session_limit(d->line, &q.parameters[0]) ||
	    !read_moment(d->line, "--since", since, &q.parameters[4]) ||
	    !read_moment(d->line, "--until", until, &q.parameters[5]) ||
	    !database_ask(d->database, &q))
		return COMMAND_FAILED;
	l = table_new(columns);
	put_rows(d->database, l);
	table_print(l, command_given(d->line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_list(const struct command_line *line)
{
	return session_run(line, list);
}

const struct command audit_list = { "audit", "list", NULL,
	"lists changes of state, the newest first",
	(const struct command_option[]){
	    { "--user", "ID", "of this user's account only", false, false },
	    { "--contract", "NUMBER", "of this contract only", false, false },
	    { "--action", "ACTION",
		"of this kind only: account.lock, or account for all of them",
		false, false },
	    { "--since", "TIME", "not before this day or time", false, false },
	    { "--until", "TIME", "before this day or time", false, false },
	    FIELD_LIMIT, COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_list };
