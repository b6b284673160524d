/*
 * koshin contract add, list, show - customers (R-ACC-1).
 */
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/table.h"
#include "cli/password.h"
#include "cli/lookup.h"

static const char columns_sql[] =
    "SELECT number, name, CASE WHEN state = 'active' AND locked_until > now()"
    " THEN 'locked' ELSE state END,"
    " (SELECT count(*) FROM koshin.account a WHERE a.contract = c.number"
    "  AND a.state <> 'closed'),"
    " koshin.epoch(made_at) FROM koshin.contract c ";

static const char *const columns[] = { "number", "name", "state", "users",
	"made_at", NULL };

static void
put_row(const struct database *db, struct table *l, size_t row)
{
	table_text(l, database_text(db, row, 0));
	table_text(l, database_text(db, row, 1));
	table_text(l, database_text(db, row, 2));
	table_number(l, database_number(db, row, 3));
	table_time(l, database_number(db, row, 4));
}

/* ------------------------------------------------------------------- add */

static enum command_exit
add(struct session *d)
{
	const char *number = d->line->word;
	const char *name = command_value(d->line, "--name");
	char hash[PASSWORD_HASH_SIZE], made[PASSWORD_TEXT_SIZE];
	char nfc[256] = "";
	struct people_sql_question q;
	bool added;

	if (!field_ok("number", input_contract(number, strlen(number))) ||
	    (name != NULL && !field_title("--name", name, nfc, sizeof(nfc))) ||
	    !password_take(d, PASSWORD_INITIAL, hash, made))
		return COMMAND_FAILED;
	q = people_sql_add_contract(d->actor, number, nfc, hash);
	added = database_do(d->database, &q);
	if (!added)
		made[0] = '\0';
	password_show(made);
	return added ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
run_add(const struct command_line *line)
{
	return session_run(line, add);
}

const struct command contract_add = { "contract", "add", "NUMBER",
	"adds a contract with its initial password",
	(const struct command_option[]){
	    { "--name", "TEXT", "name of the customer", false, false },
	    PASSWORD_OPTIONS, COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_add };

/* ------------------------------------------------------------ list, show */

static enum command_exit
list(struct session *d)
{
	struct table *l;
	char sql[700];
	struct database_question q = { sql, { NULL, session_contract(d) } };

	if (d->who != AUTHORITY_OPERATOR &&
	    !lookup_contract(d, AUTHORITY_SHOW_CONTRACT, d->self.contract))
		return COMMAND_FAILED;
	if (!session_limit(d->line, &q.parameters[0]))
		return COMMAND_FAILED;
	field_join(sql, sizeof(sql), columns_sql,
	    "WHERE ($2::text IS NULL OR number = $2)"
	    " ORDER BY number LIMIT $1::bigint");
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

const struct command contract_list = { "contract", "list", NULL,
	"lists the contracts",
	(const struct command_option[]){ FIELD_LIMIT, COMMAND_JSON, COMMAND_AS,
	    COMMAND_CONFIG, COMMAND_END },
	run_list };

static enum command_exit
show(struct session *d)
{
	struct table *l;
	char sql[700];

	if (!lookup_contract(d, AUTHORITY_SHOW_CONTRACT, d->line->word))
		return COMMAND_FAILED;
	field_join(sql, sizeof(sql), columns_sql,
	    "WHERE number = $1 AND ($2::text IS NULL OR number = $2)");
	if (!database_ask(
		d->database, &(struct database_question){
				 sql, { d->line->word, session_contract(d) } }))
		return COMMAND_FAILED;
	if (database_rows(d->database) == 0) {
		lookup_no_contract(d->line->word);
		return COMMAND_FAILED;
	}
	l = table_new(columns);
	put_row(d->database, l, 0);
	table_print_one(l, command_given(d->line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_show(const struct command_line *line)
{
	return session_run(line, show);
}

const struct command contract_show = { "contract", "show", "NUMBER",
	"shows one contract",
	(const struct command_option[]){
	    COMMAND_JSON, COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_show };
