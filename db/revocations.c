#include "db/revocations.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "db/pg.h"
#include "db/sql.h"

#include <stdlib.h>
#include <string.h>

/* Nobody waits for a list, and the first look at a large table is slow. */
#define ANSWER_MS 10000
#define WAITING_MAX 8

enum statement {
	MARKS,
	BEGIN,
	ENTRIES,
	FINISH,
	STATEMENTS
};

static const struct pg_statement statements[STATEMENTS] = {
	[MARKS] = { SQL(crl_marks) },
	[BEGIN] = { SQL(crl_begin) },
	[ENTRIES] = { SQL(crl_entries) },
	[FINISH] = { "finish", "SELECT koshin.finish_crl($1, $2, $3, $4)" },
};

enum column {
	SERIAL,
	REVOKED_AT,
	REASON,
	NOT_AFTER,
	COLUMNS
};

static const char *const columns[COLUMNS] = {
	[SERIAL] = "serial",
	[REVOKED_AT] = "revoked_at",
	[REASON] = "reason",
	[NOT_AFTER] = "not_after",
};

struct revocations {
	struct pg *pg;
	struct revocations_row page[REVOCATIONS_PAGE];
};

struct revocations *
revocations_open(struct event_base *base, const char *conninfo)
{
	struct revocations *r = xcalloc(1, sizeof *r);

	r->pg = pg_open(base, &(struct pg_options){ .conninfo = conninfo,
				  .application = "koshin issuer",
				  .statements = statements,
				  .statement_count = STATEMENTS,
				  .answer_ms = ANSWER_MS,
				  .waiting_max = WAITING_MAX });
	return r;
}

void
revocations_close(struct revocations *r)
{
	if (r == NULL)
		return;
	pg_close(r->pg);
	free(r);
}

void
revocations_when_up(struct revocations *r, void (*up)(void *), void *arg)
{
	pg_when_up(r->pg, up, arg);
}

/* ---------------------------------------------------------------- marks */

static void
on_marks(const struct db_asker *a, enum db_rc rc, const PGresult *r)
{
	struct revocations_marks m = { 0 };

	if (rc == DB_OK)
		m = (struct revocations_marks){
			.revoked =
			    pg_get_integer(r, 0, pg_column(r, "revoked")),
			.wish = pg_get_integer(r, 0, pg_column(r, "wish")),
			.now =
			    (time_t)pg_get_integer(r, 0, pg_column(r, "now")),
		};
	((revocations_marks_fn *)a->heard)(a->arg, rc, &m);
}

struct call *
revocations_marks(
    struct revocations *r, time_t since, revocations_marks_fn *marks, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, since);
	return xalloc_made(
	    pg_ask(r->pg, MARKS, &v, on_marks, DB_ASKER(r, marks, arg)));
}

/* ---------------------------------------------------------------- begin */

static void
on_begun(const struct db_asker *a, enum db_rc rc, const PGresult *r)
{
	struct revocations_list list = { 0 };

	if (rc == DB_OK)
		list = (struct revocations_list){
			.number = pg_get_integer(r, 0, pg_column(r, "number")),
			.this_update = (time_t)pg_get_integer(
			    r, 0, pg_column(r, "this_update")),
			.next_update = (time_t)pg_get_integer(
			    r, 0, pg_column(r, "next_update")),
		};
	((revocations_begun_fn *)a->heard)(a->arg, rc, &list);
}

struct call *
revocations_begin(struct revocations *r, const struct revocations_wanted *w,
    revocations_begun_fn *begun, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_bytes(&v, w->authority, w->authority_len);
	pg_integer(&v, w->valid_s);
	pg_integer(&v, w->known);
	return xalloc_made(
	    pg_ask(r->pg, BEGIN, &v, on_begun, DB_ASKER(r, begun, arg)));
}

/* ----------------------------------------------------------------- page */

static bool
read_row(const PGresult *r, const int *at, int n, struct revocations_row *row)
{
	unsigned char serial[SERIAL_SIZE];
	size_t len;

	row->revoked_at = (time_t)pg_get_integer(r, n, at[REVOKED_AT]);
	row->not_after = (time_t)pg_get_integer(r, n, at[NOT_AFTER]);
	return pg_get_bytes(r, n, at[SERIAL], serial, sizeof(serial), &len) &&
	       serial_read(&row->serial, serial, len) &&
	       pg_get_text(r, n, at[REASON], row->reason, sizeof(row->reason));
}

static void
on_page(const struct db_asker *a, enum db_rc rc, const PGresult *r)
{
	struct revocations *of = a->module;
	size_t count = rc == DB_OK ? (size_t)PQntuples(r) : 0;
	int at[COLUMNS];

	if (count > REVOCATIONS_PAGE)
		rc = DB_DOWN;
	if (rc == DB_OK)
		pg_find_columns(r, columns, COLUMNS, at);
	for (size_t i = 0; rc == DB_OK && i < count; i++)
		if (!read_row(r, at, (int)i, &of->page[i]))
			rc = DB_DOWN;
	if (count > 0 && rc == DB_DOWN)
		log_say(LOG_LINE_ERROR, "revocations", "a row makes no sense");
	if (rc == DB_NONE)
		rc = DB_OK; /* there are no more */
	((revocations_page_fn *)a->heard)(
	    a->arg, rc, of->page, rc == DB_OK ? count : 0);
}

struct call *
revocations_page(struct revocations *r, const struct revocations_row *after,
    revocations_page_fn *page, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, after->not_after);
	pg_bytes(&v, &after->serial, sizeof(after->serial));
	pg_integer(&v, REVOCATIONS_PAGE);
	return xalloc_made(
	    pg_ask(r->pg, ENTRIES, &v, on_page, DB_ASKER(r, page, arg)));
}

/* --------------------------------------------------------------- finish */

struct call *
revocations_finish(struct revocations *r, const struct revocations_published *p,
    revocations_finished_fn *finished, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, p->number);
	pg_integer(&v, p->entries);
	pg_integer(&v, p->bytes);
	pg_bytes(&v, &p->digest, sizeof(p->digest));
	return xalloc_made(pg_ask(
	    r->pg, FINISH, &v, pg_tell_bool, DB_ASKER(r, finished, arg)));
}
