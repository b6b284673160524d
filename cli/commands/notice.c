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
#include "cli/listing.h"
#include "cli/sql.h"
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
	if (!notice_limits(at, &m->limits))
		return command_say(
		    "no calendar knows the days behind that time");
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

static bool
walk(struct session *d, struct moments *m, int64_t *looked_at, int64_t *planned)
{
	struct database *db = d->database;
	char time[48] = "-infinity", serial[48] = "";
	const char *const q[] = { m->at, m->second, m->first, time, serial,
		STEP };
	bool more = true;

	while (more) {
		if (!database_ask(db, cli_sql_notice_plan, q))
			return false;
		*looked_at += database_number(db, 0, "looked_at");
		*planned += database_number(db, 0, "planned");
		keep(time, sizeof(time), database_text(db, 0, "last_time"));
		keep(serial, sizeof(serial),
		    database_text(db, 0, "last_serial"));
		more = database_switch(db, 0, "more");
	}
	return true;
}

static const char *const run_columns[] = { "as_of", "looked_at", "planned",
	NULL };

bool
notice_run(struct session *d)
{
	struct moments m;
	int64_t looked_at = 0, planned = 0;
	struct table *l;

	if (!count_days(&m, clock_now()) || !walk(d, &m, &looked_at, &planned))
		return false;
	l = table_new(run_columns);
	table_time(l, m.limits.at);
	table_number(l, looked_at);
	table_number(l, planned);
	table_print_one(l, command_given(d->line, "--json"));
	return true;
}

/* -------------------------------------------------------------- simulate */

static const char *const columns[] = { "user_id", "kind", "serial", "not_after",
	"due_since", "told_at", "mail", NULL };

/* The rule stands here and there: said differently, neither is to be told. */
static bool
put_row(struct table *l, const struct database *db, size_t row,
    const struct notice_limits *limits)
{
	time_t not_before = (time_t)database_number(db, row, "not_before");
	time_t not_after = (time_t)database_number(db, row, "not_after");
	enum notice notice = notice_due(limits, not_before, not_after);
	const char *kind = database_text(db, row, "kind");

	if (notice == NOTICE_NONE || strcmp(notice_kind(notice), kind) != 0)
		return command_say("database and program do not agree about "
				   "the notices of certificate %s",
		    database_text(db, row, "serial"));
	table_text(l, database_text(db, row, "user_id"));
	table_text(l, kind);
	table_text(l, database_text(db, row, "serial"));
	table_time(l, not_after);
	table_time(l, notice_since(notice, not_after));
	table_time(l, database_number(db, row, "told_at"));
	table_text(l, database_text(db, row, "mail_state"));
	return true;
}

bool
notice_simulate(struct session *d)
{
	struct moments m;
	const char *as_of = command_value(d->line, "--as-of");
	const char *limit = command_value(d->line, "--limit");
	const char *const q[] = { m.at, m.second, m.first,
		command_given(d->line, "--all") ? "all" : "new",
		command_value(d->line, "--user"),
		limit != NULL ? limit : LISTING_LIMIT };
	struct table *l;
	time_t at = clock_now();
	bool good = as_of == NULL || time_text_read(as_of, &at);

	if (!good || !count_days(&m, at) ||
	    !database_ask(d->database, cli_sql_notice_due, q))
		return false;
	l = table_new(columns);
	for (size_t i = 0; good && i < database_rows(d->database); i++)
		good = put_row(l, d->database, i, &m.limits);
	if (good)
		table_print(l, command_given(d->line, "--json"));
	else
		table_free(l);
	return good;
}
