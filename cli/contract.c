/*
 * koshin contract - customers (R-ACC-1, R-LOCK-7).
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/field.h"
#include "cli/listing.h"
#include "cli/password.h"

static const char columns_sql[] =
    "SELECT number, name, CASE WHEN state = 'active' AND locked_until > now()"
    " THEN 'locked' ELSE state END,"
    " (SELECT count(*) FROM koshin.account a WHERE a.contract = c.number"
    "  AND a.state <> 'closed'),"
    " koshin.epoch(made_at) FROM koshin.contract c ";

static const char *const columns[] = { "number", "name", "state", "users",
	"made_at", NULL };

static void
put_row(const struct database *db, struct listing *l, size_t row)
{
	listing_text(l, database_text(db, row, 0));
	listing_text(l, database_text(db, row, 1));
	listing_text(l, database_text(db, row, 2));
	listing_number(l, database_number(db, row, 3));
	listing_time(l, database_number(db, row, 4));
}

/* ------------------------------------------------------------------- add */

static enum command_exit
add(struct desk *d)
{
	const char *number = d->line->word;
	const char *name = command_value(d->line, "--name");
	char hash[PASSWORD_HASH_SIZE], made[PASSWORD_TEXT_SIZE];
	char nfc[256] = "";
	bool added;

	if (!field_ok("number", input_contract(number, strlen(number))) ||
	    (name != NULL && !field_title("--name", name, nfc, sizeof(nfc))) ||
	    !password_take(d, PASSWORD_INITIAL, hash, made))
		return COMMAND_FAILED;
	added = database_ask(
	    d->database, &(struct database_question){
			     "SELECT koshin.add_contract($1, $2, $3, $4)",
			     { d->actor, number, nfc, hash } });
	if (!added)
		made[0] = '\0';
	password_show(made);
	return added ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
run_add(const struct command_line *line)
{
	return desk_run(line, add);
}

const struct command contract_add = { "contract", "add", "NUMBER",
	"adds a contract with its initial password",
	(const struct command_option[]){
	    { "--name", "TEXT", "name of the customer", false, false },
	    PASSWORD_OPTIONS, COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_add };

/* ------------------------------------------------------------ list, show */

static enum command_exit
list(struct desk *d)
{
	struct listing *l;
	struct database_question q = { "", { NULL } };
	char sql[600];

	if (!desk_limit(d->line, &q.parameters[0]))
		return COMMAND_FAILED;
	field_join(
	    sql, sizeof(sql), columns_sql, "ORDER BY number LIMIT $1::bigint");
	q.sql = sql;
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

const struct command contract_list = { "contract", "list", NULL,
	"lists the contracts",
	(const struct command_option[]){
	    FIELD_LIMIT, COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_list };

static enum command_exit
show(struct desk *d)
{
	struct listing *l;
	char sql[600];

	field_join(sql, sizeof(sql), columns_sql, "WHERE number = $1");
	if (!database_ask(d->database,
		&(struct database_question){ sql, { d->line->word } }))
		return COMMAND_FAILED;
	if (database_rows(d->database) == 0) {
		command_say("there is no contract `%.64s`", d->line->word);
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

const struct command contract_show = { "contract", "show", "NUMBER",
	"shows one contract",
	(const struct command_option[]){
	    COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_show };

/* --------------------------------------------------------------- unblock */

static enum command_exit
unblock(struct desk *d)
{
	const char *reason = command_value(d->line, "--reason");

	if (!field_reason(reason) ||
	    !database_ask(
		d->database, &(struct database_question){
				 "SELECT koshin.lift_contract($1, $2, $3)",
				 { d->actor, d->line->word, reason } }))
		return COMMAND_FAILED;
	if (!database_switch(d->database, 0, 0))
		command_say("contract %s was not blocked; nothing to do",
		    d->line->word);
	return COMMAND_DONE;
}

static enum command_exit
run_unblock(const struct command_line *line)
{
	return desk_run(line, unblock);
}

const struct command contract_unblock = { "contract", "unblock", "NUMBER",
	"lifts the block of a contract",
	(const struct command_option[]){
	    FIELD_REASON, COMMAND_ACTOR, COMMAND_CONFIG, COMMAND_END },
	run_unblock };
