/*
 * koshin user list, show - the holders and how they stand.
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/field.h"
#include "cli/listing.h"

static const char columns_sql[] =
    "SELECT user_id, contract, role, name, email, locale,"
    " CASE WHEN state = 'active' AND locked_until > now() THEN 'locked'"
    "  ELSE state END, locks,"
    " CASE WHEN state = 'active' AND locked_until > now()"
    "  THEN koshin.epoch(locked_until) END,"
    " temporary_password, koshin.epoch(made_at) FROM koshin.account ";

static const char *const columns[] = { "user_id", "contract", "role", "name",
	"email", "locale", "state", "locks", "locked_until",
	"temporary_password", "made_at", NULL };

static void
put_row(const struct database *db, struct listing *l, size_t row)
{
	for (size_t c = 0; c < 7; c++)
		listing_text(l, database_text(db, row, c));
	listing_number(l, database_number(db, row, 7));
	listing_time(l, database_number(db, row, 8));
	listing_switch(l, database_switch(db, row, 9));
	listing_time(l, database_number(db, row, 10));
}

static bool
state_ok(const char *state)
{
	return state == NULL || strcmp(state, "active") == 0 ||
	       strcmp(state, "locked") == 0 || strcmp(state, "blocked") == 0 ||
	       strcmp(state, "closed") == 0;
}

static enum command_exit
list(struct desk *d)
{
	const char *state = command_value(d->line, "--state");
	struct listing *l;
	char sql[1024];
	struct database_question q = { sql,
		{ NULL, command_value(d->line, "--contract"), state } };

	if (!state_ok(state))
		return command_refuse(
		    "--state", "must be active, locked, blocked or closed");
	if (!desk_limit(d->line, &q.parameters[0]))
		return COMMAND_FAILED;
	field_join(sql, sizeof(sql), columns_sql,
	    "WHERE ($2::text IS NULL OR contract = $2)"
	    " AND ($3::text IS NULL OR $3 = CASE WHEN state = 'active'"
	    " AND locked_until > now() THEN 'locked' ELSE state END)"
	    " ORDER BY contract, user_id LIMIT $1::bigint");
	if (!database_ask(d->database, &q))
		return COMMAND_FAILED;
	l = listing_new(columns);
	for (size_t i = 0; i < database_rows(d->database); i++)
		put_row(d->database, l, i);
	listing_print(l, command_given(d->line, "--json"));
	listing_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_list(const struct command_line *line)
{
	return desk_run(line, list);
}

const struct command user_list = { "user", "list", NULL, "lists the users",
	(const struct command_option[]){
	    { "--contract", "NUMBER", "of this contract only", false, false },
	    { "--state", "STATE", "active, locked, blocked or closed", false,
		false },
	    FIELD_LIMIT, COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_list };

static enum command_exit
show(struct desk *d)
{
	struct listing *l;
	char sql[1024];

	field_join(sql, sizeof(sql), columns_sql, "WHERE user_id = $1");
	if (!database_ask(d->database,
		&(struct database_question){ sql, { d->line->word } }))
		return COMMAND_FAILED;
	if (database_rows(d->database) == 0) {
		command_say("there is no user `%.64s`", d->line->word);
		return COMMAND_FAILED;
	}
	l = listing_new(columns);
	put_row(d->database, l, 0);
	listing_print_one(l, command_given(d->line, "--json"));
	listing_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_show(const struct command_line *line)
{
	return desk_run(line, show);
}

const struct command user_show = { "user", "show", "USER_ID", "shows one user",
	(const struct command_option[]){
	    COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_show };
