/*
 * koshin cert list, show - what stands in the ledger.
 */
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/table.h"
#include "cli/lookup.h"

/* `expired` and `revoked` are read off, not stored. */
#define STATE_SQL                                                              \
	"CASE WHEN c.state = 'issued' AND r.serial IS NOT NULL THEN 'revoked'" \
	" WHEN c.state = 'issued' AND c.not_after <= now() THEN 'expired'"     \
	" WHEN c.state = 'issued' THEN 'valid' ELSE c.state END"

static const char columns_sql[] =
    "SELECT encode(c.serial, 'hex'), a.user_id, a.contract, c.profile,"
    " koshin.epoch(c.not_before), koshin.epoch(c.not_after), " STATE_SQL ","
    " c.current, c.subject, encode(c.fingerprint, 'hex'), c.via,"
    " encode(c.replaces, 'hex'), koshin.epoch(c.reserved_at),"
    " koshin.epoch(c.issued_at), koshin.epoch(r.revoked_at), r.reason"
    " FROM koshin.certificate c JOIN koshin.account a ON a.id = c.account"
    " LEFT JOIN koshin.revocation r ON r.serial = c.serial ";

static const char *const list_columns[] = { "serial", "user_id", "contract",
	"profile", "not_before", "not_after", "state", "current", NULL };
static const char *const show_columns[] = { "serial", "user_id", "contract",
	"profile", "not_before", "not_after", "state", "current", "subject",
	"fingerprint", "via", "replaces", "reserved_at", "issued_at",
	"revoked_at", "reason", NULL };

static void
put_row(const struct database *db, struct table *l, size_t row)
{
	for (size_t c = 0; c < 4; c++)
		table_text(l, database_text(db, row, c));
	table_time(l, database_number(db, row, 4));
	table_time(l, database_number(db, row, 5));
	table_text(l, database_text(db, row, 6));
	table_switch(l, database_switch(db, row, 7));
}

static void
put_rest(const struct database *db, struct table *l)
{
	for (size_t c = 8; c < 12; c++)
		table_text(l, database_text(db, 0, c));
	for (size_t c = 12; c < 15; c++)
		table_time(l, database_number(db, 0, c));
	table_text(l, database_text(db, 0, 15));
}

static bool
state_ok(const char *state)
{
	static const char *const states[] = { "valid", "expired", "revoked",
		"reserved", "abandoned" };

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (state == NULL || strcmp(state, states[i]) == 0)
			return true;
	return false;
}

static enum command_exit
list(struct session *d)
{
	const char *state = command_value(d->line, "--state");
	struct table *l;
	char sql[2048];
	struct database_question q = { sql,
		{ NULL, command_value(d->line, "--user"),
		    command_value(d->line, "--contract"), state,
		    session_contract(d) } };

	if (!state_ok(state))
		return command_refuse("--state", "must be valid, expired, "
						 "revoked, reserved or "
						 "abandoned");
	if (!session_limit(d->line, &q.parameters[0]))
		return COMMAND_FAILED;
	field_join(sql, sizeof(sql), columns_sql,
	    "WHERE ($2::text IS NULL OR a.user_id = $2)"
	    " AND ($3::text IS NULL OR a.contract = $3)"
	    " AND ($4::text IS NULL OR $4 = " STATE_SQL ")"
	    " AND ($5::text IS NULL OR a.contract = $5)"
	    " ORDER BY c.reserved_at DESC, c.serial LIMIT $1::bigint");
	if (!database_ask(d->database, &q))
		return COMMAND_FAILED;
	l = table_new(list_columns);
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

const struct command cert_list = { "cert", "list", NULL,
	"lists certificates, the newest first",
	(const struct command_option[]){
	    { "--user", "ID", "of this user only", false, false },
	    { "--contract", "NUMBER", "of this contract only", false, false },
	    { "--state", "STATE",
		"valid, expired, revoked, reserved or abandoned", false,
		false },
	    FIELD_LIMIT, COMMAND_JSON, COMMAND_AS, COMMAND_CONFIG,
	    COMMAND_END },
	run_list };

static enum command_exit
show(struct session *d)
{
	struct table *l;
	char sql[2048], serial[41];

	if (!field_serial(d->line->word, serial))
		return COMMAND_FAILED;
	field_join(sql, sizeof(sql), columns_sql,
	    "WHERE c.serial = decode($1, 'hex')"
	    " AND ($2::text IS NULL OR a.contract = $2)");
	if (!database_ask(d->database, &(struct database_question){ sql,
					   { serial, session_contract(d) } }))
		return COMMAND_FAILED;
	if (database_rows(d->database) == 0) {
		lookup_no_certificate(serial);
		return COMMAND_FAILED;
	}
	l = table_new(show_columns);
	put_row(d->database, l, 0);
	put_rest(d->database, l);
	table_print_one(l, command_given(d->line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_show(const struct command_line *line)
{
	return session_run(line, show);
}

const struct command cert_show = { "cert", "show", "SERIAL",
	"shows one certificate",
	(const struct command_option[]){
	    COMMAND_JSON, COMMAND_AS, COMMAND_CONFIG, COMMAND_END },
	run_show };
