/*
 * koshin notice run, simulate - the notices of certificates that near their
 * end (R-MAIL-1). The service plans them by itself; these are for the operator
 * who wants them now, or wants to know.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands/commands.h"
#include "cli/session.h"
#include "cli/field.h"
#include "cli/table.h"
#include "cli/time_text.h"
#include "policy/notice.h"

#define STEP "1000" /* certificates in one transaction */

/* Moments as parameters of a question. */
struct moments {
	struct notice_limits limits;
	char at[24], second[24], first[24];
};

static bool
count_days(struct moments *m, time_t at)
{
	if (!notice_limits(at, &m->limits)) {
		command_say("no calendar knows the days behind that time");
		return false;
	}
	snprintf(m->at, sizeof(m->at), "%" PRId64, (int64_t)m->limits.at);
	snprintf(m->second, sizeof(m->second), "%" PRId64,
	    (int64_t)m->limits.second_before);
	snprintf(m->first, sizeof(m->first), "%" PRId64,
	    (int64_t)m->limits.first_before);
	return true;
}

/* ------------------------------------------------------------------- run */

/* Keeps the place where a step ended until the next one has been asked. */
static void
keep(char *out, size_t size, const char *place)
{
	snprintf(out, size, "%s", place != NULL ? place : "");
}

static enum command_exit
walk(struct session *d, struct moments *m, int64_t *looked_at, int64_t *planned)
{
	struct database *db = d->database;
	char time[48] = "-infinity", serial[48] = "";
	struct database_question q = {
		"SELECT looked_at, planned, last_time, last_serial,"
		" looked_at = $6::int FROM koshin.plan_notices("
		"to_timestamp($1::bigint), to_timestamp($2::bigint),"
		" to_timestamp($3::bigint), $4::timestamptz, $5::bytea,"
		" $6::int, true)",
		{ m->at, m->second, m->first, time, serial, STEP }
	};
	bool more = true;

	while (more) {
		if (!database_ask(db, &q))
			return COMMAND_FAILED;
		*looked_at += database_number(db, 0, 0);
		*planned += database_number(db, 0, 1);
		keep(time, sizeof(time), database_text(db, 0, 2));
		keep(serial, sizeof(serial), database_text(db, 0, 3));
		more = database_switch(db, 0, 4);
	}
	return COMMAND_DONE;
}

static const char *const run_columns[] = { "as_of", "looked_at", "planned",
	NULL };

static enum command_exit
run(struct session *d)
{
	struct moments m;
	int64_t looked_at = 0, planned = 0;
	struct table *l;

	if (!count_days(&m, clock_now()) ||
	    walk(d, &m, &looked_at, &planned) != COMMAND_DONE)
		return COMMAND_FAILED;
	l = table_new(run_columns);
	table_time(l, m.limits.at);
	table_number(l, looked_at);
	table_number(l, planned);
	table_print_one(l, command_given(d->line, "--json"));
	table_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_run(const struct command_line *line)
{
	return session_run(line, run);
}

const struct command notice_run = { "notice", "run", NULL,
	"makes the notices that are due now",
	(const struct command_option[]){
	    COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_run };

/* -------------------------------------------------------------- simulate */

static const char *const columns[] = { "user_id", "kind", "serial", "not_after",
	"due_since", "told_at", "mail", NULL };

static const char due_sql[] =
    "SELECT user_id, kind, encode(serial, 'hex'),"
    " koshin.epoch(not_before), koshin.epoch(not_after),"
    " koshin.epoch(told_at), mail_state"
    " FROM koshin.due_notices(to_timestamp($1::bigint),"
    " to_timestamp($2::bigint), to_timestamp($3::bigint))"
    " WHERE kind IS NOT NULL AND open AND ($4::text = 'all'"
    " OR told_at IS NULL) AND ($5::text IS NULL OR user_id = $5)"
    " ORDER BY not_after, serial LIMIT $6::bigint";

/* The rule stands here and there: said differently, neither is to be told. */
static bool
put_row(struct table *l, const struct database *db, size_t row,
    const struct notice_limits *limits)
{
	time_t not_before = (time_t)database_number(db, row, 3);
	time_t not_after = (time_t)database_number(db, row, 4);
	enum notice notice = notice_due(limits, not_before, not_after);
	const char *kind = database_text(db, row, 1);

	if (notice == NOTICE_NONE || strcmp(notice_kind(notice), kind) != 0) {
		command_say("database and program do not agree about the "
			    "notices of certificate %s",
		    database_text(db, row, 2));
		return false;
	}
	for (size_t c = 0; c < 3; c++)
		table_text(l, database_text(db, row, c));
	table_time(l, not_after);
	table_time(l, notice_since(notice, not_after));
	table_time(l, database_number(db, row, 5));
	table_text(l, database_text(db, row, 6));
	return true;
}

static bool
read_as_of(const struct command_line *line, time_t *at)
{
	const char *text = command_value(line, "--as-of");

	*at = clock_now();
	if (text == NULL || time_text_read(text, at))
		return true;
	command_refuse("--as-of", "must be a date as 2027-04-25, or with a "
				  "time as 2027-04-25T09:30");
	return false;
}

static enum command_exit
simulate(struct session *d)
{
	struct moments m;
	struct database_question q = { due_sql,
		{ m.at, m.second, m.first,
		    command_given(d->line, "--all") ? "all" : "new",
		    command_value(d->line, "--user") } };
	struct table *l;
	bool good = true;
	time_t at;

	if (!read_as_of(d->line, &at) || !count_days(&m, at) ||
	    !session_limit(d->line, &q.parameters[5]) ||
	    !database_ask(d->database, &q))
		return COMMAND_FAILED;
	l = table_new(columns);
	for (size_t i = 0; good && i < database_rows(d->database); i++)
		good = put_row(l, d->database, i, &m.limits);
	if (good)
		table_print(l, command_given(d->line, "--json"));
	table_free(l);
	return good ? COMMAND_DONE : COMMAND_FAILED;
}

static enum command_exit
run_simulate(const struct command_line *line)
{
	return session_run(line, simulate);
}

const struct command notice_simulate = { "notice", "simulate", NULL,
	"lists the notices that would go out, and changes nothing",
	(const struct command_option[]){
	    { "--as-of", "TIME",
		"at this date or time, if no certificate changes until then "
		"(default: now)",
		false, false },
	    { "--all", NULL, "also those that have been made already", false,
		false },
	    { "--user", "ID", "to this user only", false, false }, FIELD_LIMIT,
	    COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_simulate };
