/*
 * koshin user list, show - the holders and how they stand.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/table.h"
#include "cli/lookup.h"

static const char columns_sql[] =
    "SELECT a.user_id, a.contract, a.role, a.name, a.email, a.locale,"
    " CASE WHEN a.state = 'active' AND a.locked_until > now() THEN 'locked'"
    "  ELSE a.state END, a.locks,"
    " CASE WHEN a.state = 'active' AND a.locked_until > now()"
    "  THEN koshin.epoch(a.locked_until) END,"
    " a.temporary_password, koshin.epoch(a.made_at)";
static const char from_sql[] =
    " FROM koshin.account a LEFT JOIN koshin.certificate c"
    " ON c.account = a.id AND c.current ";

#define COLUMNS                                                                \
	"user_id", "contract", "role", "name", "email", "locale", "state",     \
	    "locks", "locked_until", "temporary_password", "made_at"
#define HELD "certificate", "certificate_not_after", "certificates_issued"
static const char *const columns[] = { COLUMNS, NULL };
static const char *const held_columns[] = { COLUMNS, HELD, NULL };
static const char *const mails_columns[] = { COLUMNS, HELD, "mails_queued",
	"mails_failed", NULL };

static void
join(char *out, size_t size, const char *more, const char *where)
{
	int len =
	    snprintf(out, size, "%s%s%s%s", columns_sql, more, from_sql, where);

	assert(len >= 0 && (size_t)len < size);
}

static void
put_row(const struct database *db, struct table *l, size_t row)
{
	for (size_t c = 0; c < 7; c++)
		table_text(l, database_text(db, row, c));
	table_number(l, database_number(db, row, 7));
	table_time(l, database_number(db, row, 8));
	table_switch(l, database_switch(db, row, 9));
	table_time(l, database_number(db, row, 10));
}

static void
put_held(const struct database *db, struct table *l, bool mails)
{
	table_text(l, database_text(db, 0, 11));
	table_time(l, database_number(db, 0, 12));
	table_number(l, database_number(db, 0, 13));
	for (size_t c = 14; mails && c < 16; c++)
		table_number(l, database_number(db, 0, c));
}

static bool
state_ok(const char *state)
{
	return state == NULL || strcmp(state, "active") == 0 ||
	       strcmp(state, "locked") == 0 || strcmp(state, "blocked") == 0 ||
	       strcmp(state, "closed") == 0;
}

static enum command_exit
list(struct session *d)
{
	const char *state = command_value(d->line, "--state");
	struct table *l;
	char sql[1500];
	struct database_question q = { sql,
		{ NULL, command_value(d->line, "--contract"), state,
		    session_contract(d) } };

	if (!state_ok(state))
		return command_refuse(
		    "--state", "must be active, locked, blocked or closed");
	if (d->who != AUTHORITY_OPERATOR &&
	    !lookup_contract(d, AUTHORITY_LIST, d->self.contract))
		return COMMAND_FAILED;
	if (!session_limit(d->line, &q.parameters[0]))
		return COMMAND_FAILED;
	join(sql, sizeof(sql), "",
	    "WHERE ($2::text IS NULL OR contract = $2)"
	    " AND ($3::text IS NULL OR $3 = CASE WHEN a.state = 'active'"
	    " AND a.locked_until > now() THEN 'locked' ELSE a.state END)"
	    " AND ($4::text IS NULL OR contract = $4)"
	    " ORDER BY contract, user_id LIMIT $1::bigint");
	if (!database_ask(d->database, &q))
		return COMMAND_FAILED;
	l = table_new(columns);
	for (size_t i = 0; i < database_rows(d->database); i++)
		put_row(d->database, l, i);
	table_print(l, command_given(d->line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_list(const struct command_line *line)
{
	return session_run(line, list);
}

const struct command user_list = { "user", "list", NULL, "lists the users",
	(const struct command_option[]){
	    { "--contract", "NUMBER", "of this contract only", false, false },
	    { "--state", "STATE", "active, locked, blocked or closed", false,
		false },
	    FIELD_LIMIT, COMMAND_JSON, COMMAND_AS, COMMAND_CONFIG,
	    COMMAND_END },
	run_list };

/* What the account holds; the mails only for whom the outbox is open. */
static const char held_sql[] =
    ", encode(c.serial, 'hex'), koshin.epoch(c.not_after),"
    " (SELECT count(*) FROM koshin.certificate n WHERE n.account = a.id"
    "  AND n.state = 'issued')";
static const char mails_sql[] =
    ", encode(c.serial, 'hex'), koshin.epoch(c.not_after),"
    " (SELECT count(*) FROM koshin.certificate n WHERE n.account = a.id"
    "  AND n.state = 'issued'),"
    " (SELECT count(*) FROM koshin.mail m WHERE m.account = a.id"
    "  AND m.state = 'queued'),"
    " (SELECT count(*) FROM koshin.mail m WHERE m.account = a.id"
    "  AND m.state = 'failed')";

static enum command_exit
show(struct session *d)
{
	bool operator_ = d->who == AUTHORITY_OPERATOR;
	struct facts_account account;
	struct table *l;
	char sql[1500];

	if (!lookup_account(d, AUTHORITY_SHOW, d->line->word, &account))
		return COMMAND_FAILED;
	join(sql, sizeof(sql), operator_ ? mails_sql : held_sql,
	    "WHERE user_id = $1 AND ($2::text IS NULL OR contract = $2)");
	if (!database_ask(
		d->database, &(struct database_question){
				 sql, { d->line->word, session_contract(d) } }))
		return COMMAND_FAILED;
	if (database_rows(d->database) == 0) {
		lookup_no_user(d->line->word);
		return COMMAND_FAILED;
	}
	l = table_new(operator_ ? mails_columns : held_columns);
	put_row(d->database, l, 0);
	put_held(d->database, l, operator_);
	table_print_one(l, command_given(d->line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_show(const struct command_line *line)
{
	return session_run(line, show);
}

const struct command user_show = { "user", "show", "USER_ID", "shows one user",
	(const struct command_option[]){
	    COMMAND_JSON, COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_show };
