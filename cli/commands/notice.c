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
#include "cli/output.h"
#include "cli/sql.h"
#include "cli/table.h"
#include "cli/time_text.h"
#include "policy/notice.h"

#define STEP "1000"    /* certificates in one transaction, */
#define STEP_ROWS 1000 /* the same */

/* Moments as parameters of a question. */
struct moments {
	struct notice_limits limits;
	char at[24], second[24], first[24];
};

static bool
count_days(struct moments *m, time_t at)
{
	if (!notice_limits(at, &m->limits))
		return command_say("--as-of: the date is out of range");
	snprintf(m->at, sizeof(m->at), "%" PRId64, (int64_t)m->limits.at);
	snprintf(m->second, sizeof(m->second), "%" PRId64,
	    (int64_t)m->limits.second_before);
	snprintf(m->first, sizeof(m->first), "%" PRId64,
	    (int64_t)m->limits.first_before);
	return true;
}

/* ------------------------------------------------------------------ walk */

/* Along the certificates by the time at which they end: where it has come. */
struct walk {
	struct session *session;
	struct moments moments;
	const char *user;	   /* or NULL: to that one's alone */
	char time[48], serial[48]; /* as PostgreSQL wrote them */
};

static bool
begin_walk(struct walk *w, struct session *d, time_t at)
{
	*w = (struct walk){ .session = d, .time = "-infinity" };
	return count_days(&w->moments, at);
}

static bool
step(const struct walk *w, const char *sql)
{
	const struct moments *m = &w->moments;

	return DATABASE_ASK(w->session->database, sql, m->at, m->second,
	    m->first, w->time, w->serial, STEP, w->user);
}

/* The next step begins behind this row; NULL stands for no row at all. */
static void
stand_at(struct walk *w, size_t row)
{
	const struct database *db = w->session->database;
	const char *time = database_text(db, row, "last_time");
	const char *serial = database_text(db, row, "last_serial");

	snprintf(w->time, sizeof(w->time), "%s", time != NULL ? time : "");
	snprintf(
	    w->serial, sizeof(w->serial), "%s", serial != NULL ? serial : "");
}

/* ------------------------------------------------------------------- run */

static bool
run(struct walk *w, int64_t *looked_at, int64_t *planned)
{
	const struct database *db = w->session->database;
	bool more = true;

	while (more) {
		if (!step(w, cli_sql_notice_plan))
			return false;
		*looked_at += database_number(db, 0, "looked_at");
		*planned += database_number(db, 0, "planned");
		stand_at(w, 0);
		more = database_switch(db, 0, "more");
	}
	return true;
}

static const char *const run_columns[] = { "as_of", "looked_at", "planned",
	NULL };

bool
notice_run(struct session *d)
{
	struct walk w;
	int64_t looked_at = 0, planned = 0;
	struct table *l;

	if (!begin_walk(&w, d, clock_now()) || !run(&w, &looked_at, &planned))
		return false;
	l = table_new(run_columns);
	table_time(l, w.moments.limits.at);
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
		return command_say("the database and this program disagree "
				   "about the notices of certificate %s",
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

struct simulation {
	struct walk walk;
	bool all;    /* also those that have been made */
	size_t left; /* of --limit */
	bool cut;    /* by that */
	struct table *table;
};

/* False: not one, and it has been said. */
static bool
begin_simulation(struct simulation *s, struct session *d)
{
	const char *as_of = command_value(d->line, "--as-of");
	time_t at = clock_now();

	s->all = command_given(d->line, "--all");
	s->left = listing_limit(d->line);
	if (as_of != NULL && !time_text_read(as_of, &at))
		return false;
	if (!begin_walk(&s->walk, d, at))
		return false;
	s->walk.user = command_value(d->line, "--user");
	return true;
}

static bool
is_asked_for(const struct simulation *s, size_t row)
{
	const struct database *db = s->walk.session->database;

	return database_text(db, row, "kind") != NULL &&
	       database_switch(db, row, "open") &&
	       (s->all || database_text(db, row, "told_at") == NULL);
}

/* False: it has been said, or nobody reads any more. */
static bool
simulate_step(struct simulation *s)
{
	struct session *d = s->walk.session;
	size_t rows;

	if (!step(&s->walk, cli_sql_notice_due))
		return false;
	rows = database_rows(d->database);
	for (size_t i = 0; i < rows && s->left > 0; i++) {
		if (!is_asked_for(s, i))
			continue;
		if (!put_row(s->table, d->database, i, &s->walk.moments.limits))
			return false;
		s->cut = --s->left == 0;
	}
	if (rows > 0)
		stand_at(&s->walk, rows - 1);
	if (rows < STEP_ROWS)
		s->left = 0;
	table_put(s->table, command_given(d->line, "--json"));
	return output_flush_list();
}

bool
notice_simulate(struct session *d)
{
	struct simulation s = { .left = 0 };
	bool good = begin_simulation(&s, d);

	s.table = table_new(columns);
	while (good && s.left > 0)
		good = simulate_step(&s);
	if (good)
		table_print(s.table, command_given(d->line, "--json"));
	else
		table_free(s.table);
	if (good && s.cut && s.walk.user == NULL)
		command_say("the list ends at its limit; there may be more "
			    "rows: use a larger --limit");
	return good;
}
