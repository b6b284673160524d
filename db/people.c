#include "db/people.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "db/pg.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 256
#define DATABASE_TIME(column) "koshin.epoch(" column ") AS " column

enum statement {
	ENTER,
	LIST,
	FIGURES,
	CHANGES, /* from here on those of people_sql */
	LIFT = CHANGES,
	CLOSE,
	REOPEN,
	REMIND,
	GIVE_PASSWORD,
	REGISTER,
	WITHDRAW,
	STATEMENTS
};

/* A row in any case, so that a session that is over is no empty list. */
#define IN_SESSION                                                             \
	"SELECT koshin.session_contract() IS NOT NULL AS open, d.* FROM "      \
	"(VALUES (1)) one LEFT JOIN "

static const struct pg_statement
    reading
	[CHANGES] = {
		[ENTER] = { "enter", "SELECT koshin.enter_session($1, true)" },
		[LIST] = { "desk_list", IN_SESSION
		    "(SELECT user_id, role, name, email, state, " DATABASE_TIME(
			"locked_until") ", temporary_password, "
					"encode(serial, 'hex') AS "
					"serial, " DATABASE_TIME("not_after") ", " DATABASE_TIME("installed_at") ", " DATABASE_TIME(
					    "refused_at") ", " DATABASE_TIME("c"
									     "l"
									     "o"
									     "s"
									     "e"
									     "d"
									     "_"
									     "a"
									     "t") ", found FROM koshin.desk_list(to_timestamp($1::bigint), $2, $3, "
										  "$4, $5, $6, $7::int)) d ON true" },
		[FIGURES] = { "desk_figures", IN_SESSION
		    "koshin.desk_figures(to_timestamp($1::bigint)) d ON true" },
	};

struct people {
	struct pg *pg;
	struct pg_statement statements[STATEMENTS];
};

static void
add_change(
    struct people *p, enum statement at, const struct people_sql_question *q)
{
	p->statements[at] = (struct pg_statement){ q->name, q->sql };
}

static void
find_changes(struct people *p)
{
	static const struct people_sql_holder nobody;
	const struct people_sql_question all[STATEMENTS - CHANGES] = {
		[LIFT - CHANGES] = people_sql_lift_account("", "", ""),
		[CLOSE - CHANGES] = people_sql_close_account("", "", ""),
		[REOPEN - CHANGES] = people_sql_reopen_account("", "", ""),
		[REMIND - CHANGES] = people_sql_remind_account("", ""),
		[GIVE_PASSWORD - CHANGES] =
		    people_sql_give_password("", "", ""),
		[REGISTER - CHANGES] = people_sql_register_member(&nobody, ""),
		[WITHDRAW - CHANGES] =
		    people_sql_withdraw_certificate("", "", ""),
	};

	for (size_t i = 0; i < STATEMENTS - CHANGES; i++)
		add_change(p, (enum statement)(CHANGES + i), &all[i]);
}

struct people *
people_open(struct event_base *base, const char *conninfo)
{
	struct people *p = xcalloc(1, sizeof(*p));

	memcpy(p->statements, reading, sizeof(reading));
	find_changes(p);
	p->pg = pg_open(base, &(struct pg_options){ .conninfo = conninfo,
				  .application = "koshin member",
				  .statements = p->statements,
				  .statement_count = STATEMENTS,
				  .waiting_max = WAITING_MAX });
	return p;
}

void
people_close(struct people *p)
{
	if (p == NULL)
		return;
	pg_close(p->pg);
	free(p);
}

bool
people_up(const struct people *p)
{
	return pg_up(p->pg);
}

/* In one transaction with the session of the token. */
static struct call *
ask(struct people *p, const char *token, enum statement which,
    const struct pg_values *v, pg_answer_fn *answer, struct db_asker asker)
{
	const struct db_asker nobody = { 0 };
	struct pg_values key = { .count = 0 };
	struct pg_batch *b = pg_batch_new(p->pg);

	if (b == NULL)
		return NULL;
	pg_text(&key, token);
	pg_batch_add(b, ENTER, &key, NULL, nobody);
	pg_batch_add(b, which, v, answer, asker);
	return pg_batch_send(b, NULL, NULL);
}

/* ---------------------------------------------------------------- reading */

static enum db_rc
in_session(enum db_rc rc, const PGresult *rows)
{
	if (rc == DB_OK && !pg_get_bool(rows, 0, pg_column(rows, "open")))
		return DB_NONE;
	return rc;
}

struct people_rows {
	const PGresult *from;
	int at;
};

static const char *
text(const struct people_rows *r, const char *column)
{
	return PQgetvalue(r->from, r->at, pg_column(r->from, column));
}

static time_t
moment(const struct people_rows *r, const char *column)
{
	return (time_t)pg_get_integer(
	    r->from, r->at, pg_column(r->from, column));
}

bool
people_next(struct people_rows *r, struct people_user *u)
{
	if (++r->at >= PQntuples(r->from) || text(r, "user_id")[0] == '\0')
		return false;
	*u = (struct people_user){ .user_id = text(r, "user_id"),
		.role = text(r, "role"),
		.name = text(r, "name"),
		.email = text(r, "email"),
		.state = text(r, "state"),
		.locked_until = moment(r, "locked_until"),
		.temporary_password = pg_get_bool(
		    r->from, r->at, pg_column(r->from, "temporary_password")),
		.serial = text(r, "serial"),
		.not_after = moment(r, "not_after"),
		.installed_at = moment(r, "installed_at"),
		.refused_at = moment(r, "refused_at"),
		.closed_at = moment(r, "closed_at") };
	return true;
}

static void
on_list(const struct db_asker *a, enum db_rc rc, const PGresult *rows)
{
	struct people_rows r = { .from = rows, .at = -1 };
	unsigned found = 0;

	rc = in_session(rc, rows);
	if (rc == DB_OK)
		found =
		    (unsigned)pg_get_integer(rows, 0, pg_column(rows, "found"));
	((people_page_fn *)a->heard)(a->arg, rc, &r, found);
}

struct call *
people_list(struct people *p, const char *token, const struct people_page *page,
    people_page_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_time(&v, page->month_ends);
	pg_text(&v, page->list);
	pg_text(&v, page->search);
	pg_text(&v, page->sort);
	pg_bool(&v, page->down);
	pg_text(&v, page->after);
	pg_integer(&v, page->most);
	return ask(p, token, LIST, &v, on_list, DB_ASKER(p, answer, arg));
}

static unsigned
number(const PGresult *row, const char *column)
{
	return (unsigned)pg_get_integer(row, 0, pg_column(row, column));
}

static void
on_figures(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct people_figures f = { .all = 0 };

	rc = in_session(rc, row);
	if (rc == DB_OK)
		f = (struct people_figures){ .all = number(row, "all"),
			.without = number(row, "without"),
			.expiring = number(row, "expiring"),
			.uninstalled = number(row, "uninstalled"),
			.locked = number(row, "locked"),
			.bounced = number(row, "bounced"),
			.closed = number(row, "closed") };
	((people_figures_fn *)a->heard)(a->arg, rc, &f);
}

struct call *
people_count(struct people *p, const char *token, time_t month_ends,
    people_figures_fn *answer, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_time(&v, month_ends);
	return ask(p, token, FIGURES, &v, on_figures, DB_ASKER(p, answer, arg));
}

/* --------------------------------------------------------------- changing */

/* By the name that its maker gave it. */
static enum statement
statement_of(const struct people *p, const struct people_sql_question *q)
{
	for (enum statement s = CHANGES; s < STATEMENTS; s++)
		if (strcmp(p->statements[s].name, q->name) == 0)
			return s;
	assert(!"people: a change that is not here");
	abort();
}

struct call *
people_do(struct people *p, const char *token,
    const struct people_sql_question *q, people_done_fn *done, void *arg)
{
	struct pg_values v = { .count = 0 };

	for (int i = 0; i < q->count; i++)
		pg_text(&v, q->parameter[i]);
	return ask(p, token, statement_of(p, q), &v, pg_tell_bool,
	    DB_ASKER(p, done, arg));
}
