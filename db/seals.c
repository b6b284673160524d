#include "db/seals.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "db/pg.h"
#include "db/seals_sql.h"

#include <stdlib.h>
#include <string.h>

/* Nobody waits for a seal, and the first look at a large table is slow. */
#define ANSWER_MS 10000
#define WAITING_MAX 8
/* One id or one seal, with what is between two of them. */
#define ELEMENT_MAX 80

enum statement {
	LOCK,
	END,
	ROWS,
	ADD,
	STATEMENTS
};

/*
 * ROWS: rows are fetched one by one, by their ids; no plan that reads the
 * whole trail may ever seem cheaper.
 */
static const struct pg_statement statements[STATEMENTS] = {
	[LOCK] = { "lock", "SELECT pg_try_advisory_lock(567448, 0)" },
	[END] = { "end",
	    "SELECT " SEALS_ROW_SQL ", s.position, s.mac, p.mac, o.mac FROM"
	    " (SELECT * FROM koshin.audit_seal ORDER BY position DESC LIMIT 1) "
	    "s"
	    " LEFT JOIN koshin.audit a ON a.id = s.audit"
	    " LEFT JOIN koshin.audit_seal p ON p.position = s.position - 1"
	    " LEFT JOIN koshin.audit_seal o ON o.position = $1::bigint" },
	[ROWS] = { "rows", "SELECT " SEALS_ROW_SQL " FROM (SELECT u.audit FROM"
			   " koshin.audit_unsealed u ORDER BY u.audit) w"
			   " CROSS JOIN LATERAL (SELECT * FROM koshin.audit x"
			   " WHERE x.id = w.audit OFFSET 0) a"
			   " ORDER BY w.audit LIMIT $1::int" },
	[ADD] = { "add", "SELECT koshin.seal_audit($1::bigint, $2::bytea,"
			 " $3::bigint[], $4::bytea[])" },
};

enum end_column {
	END_POSITION = SEALS_COLUMNS,
	END_MAC,
	END_BEFORE,
	END_OWN,
};

struct seals {
	struct pg *pg;
};

/* Asks; the answer is for `heard`. */
static struct call *
ask(struct seals *s, enum statement statement, const struct pg_values *v,
    pg_answer_fn *answer, void (*heard)(void), void *arg)
{
	return pg_ask_for(
	    s->pg, statement, v, answer, (struct pg_asker){ s, heard, arg });
}

struct seals *
seals_open(struct event_base *base, const char *conninfo,
    void (*state)(void *arg, bool up), void *arg)
{
	struct seals *s = xcalloc(1, sizeof *s);

	s->pg = pg_open(base, &(struct pg_options){ .conninfo = conninfo,
				  .application = "koshin sealer",
				  .statements = statements,
				  .statement_count = STATEMENTS,
				  .answer_ms = ANSWER_MS,
				  .waiting_max = WAITING_MAX,
				  .state = state,
				  .arg = arg });
	return s;
}

void
seals_close(struct seals *s)
{
	if (s == NULL)
		return;
	pg_close(s->pg);
	free(s);
}

/* ----------------------------------------------------------------- lock */

static void
on_lock(void *arg, enum db_rc rc, const PGresult *row)
{
	const struct pg_asker *a = arg;

	((seals_lock_fn *)a->heard)(
	    a->arg, rc, rc == DB_OK && pg_get_bool(row, 0, 0));
}

struct call *
seals_lock(struct seals *s, seals_lock_fn *lock, void *arg)
{
	return ask(s, LOCK, NULL, on_lock, (void (*)(void))lock, arg);
}

/* ------------------------------------------------------------------ end */

static const char *
text_of(const PGresult *r, int row, int column)
{
	return pg_is_null(r, row, column) ? NULL : PQgetvalue(r, row, column);
}

static struct chain_row
read_row(const PGresult *r, int row)
{
	return (struct chain_row){
		.id = pg_get_integer(r, row, SEALS_ID),
		.has_at = !pg_is_null(r, row, SEALS_AT_US),
		.at_us = pg_get_integer(r, row, SEALS_AT_US),
		.role = text_of(r, row, SEALS_ROLE),
		.actor = text_of(r, row, SEALS_ACTOR),
		.action = text_of(r, row, SEALS_ACTION),
		.object = text_of(r, row, SEALS_OBJECT),
		.has_account = !pg_is_null(r, row, SEALS_ACCOUNT),
		.account = pg_get_integer(r, row, SEALS_ACCOUNT),
		.details = text_of(r, row, SEALS_DETAILS),
	};
}

/* False: there is none. */
static bool
read_mac(const PGresult *r, int column, struct digest *mac)
{
	size_t len = 0;

	return !pg_is_null(r, 0, column) &&
	       pg_get_bytes(r, 0, column, mac, sizeof(*mac), &len) &&
	       len == sizeof(*mac);
}

static bool
read_end(const PGresult *r, struct seals_end *e)
{
	e->last.position = pg_get_integer(r, 0, END_POSITION);
	e->has_row = !pg_is_null(r, 0, SEALS_ID);
	e->row = read_row(r, 0);
	e->before.position = e->last.position - 1;
	e->has_before =
	    read_mac(r, END_BEFORE, &e->before.mac) || e->before.position == 0;
	e->has_own = read_mac(r, END_OWN, &e->own);
	return read_mac(r, END_MAC, &e->last.mac);
}

static void
on_end(void *arg, enum db_rc rc, const PGresult *row)
{
	const struct pg_asker *a = arg;
	struct seals_end e = { 0 };

	if (rc == DB_OK && !read_end(row, &e)) {
		log_say(LOG_LINE_ERROR, "audit-chain", "a seal makes no sense");
		rc = DB_DOWN;
	}
	if (rc == DB_NONE)
		rc = DB_OK; /* nothing has a seal: position 0 */
	((seals_end_fn *)a->heard)(a->arg, rc, &e);
}

struct call *
seals_end(struct seals *s, int64_t own_position, seals_end_fn *end, void *arg)
{
	struct pg_values v;

	v.count = 0;
	pg_integer(&v, own_position);
	return ask(s, END, &v, on_end, (void (*)(void))end, arg);
}

/* ----------------------------------------------------------------- rows */

static void
on_rows(void *arg, enum db_rc rc, const PGresult *r)
{
	const struct pg_asker *a = arg;
	size_t count = rc == DB_OK ? (size_t)PQntuples(r) : 0;
	struct chain_row *rows = xcalloc(count + 1, sizeof *rows);

	for (size_t i = 0; i < count; i++)
		rows[i] = read_row(r, (int)i);
	if (rc == DB_NONE)
		rc = DB_OK; /* nothing waits */
	((seals_rows_fn *)a->heard)(a->arg, rc, rows, count);
	free(rows);
}

struct call *
seals_rows(struct seals *s, seals_rows_fn *rows, void *arg)
{
	struct pg_values v;

	v.count = 0;
	pg_integer(&v, SEALS_BATCH);
	return ask(s, ROWS, &v, on_rows, (void (*)(void))rows, arg);
}

/* ------------------------------------------------------------------ add */

static void
on_added(void *arg, enum db_rc rc, const PGresult *row)
{
	const struct pg_asker *a = arg;

	((seals_added_fn *)a->heard)(
	    a->arg, rc, rc == DB_OK && pg_get_bool(row, 0, 0));
}

/* {1,2,3} and {"\\x00ff","\\x..."} */
static void
write_lists(const struct seals_batch *batch, struct buf *ids, struct buf *macs)
{
	char hex[DIGEST_HEX_SIZE];

	for (size_t i = 0; i < batch->count; i++) {
		const char *between = i == 0 ? "{" : ",";

		digest_write(&batch->macs[i], hex);
		buf_printf(ids, "%s%lld", between, (long long)batch->ids[i]);
		buf_printf(macs, "%s\"\\\\x%s\"", between, hex);
	}
	buf_text(ids, "}");
	buf_text(macs, "}");
}

struct call *
seals_add(struct seals *s, const struct seals_batch *batch,
    seals_added_fn *added, void *arg)
{
	struct buf ids, macs;
	struct pg_values v;
	struct call *call;

	buf_init(&ids, (size_t)SEALS_BATCH * ELEMENT_MAX);
	buf_init(&macs, (size_t)SEALS_BATCH * ELEMENT_MAX);
	write_lists(batch, &ids, &macs);
	if (!buf_ok(&ids) || !buf_ok(&macs))
		xalloc_failed();
	v.count = 0;
	pg_integer(&v, batch->before.position + 1);
	pg_bytes(&v, &batch->before.mac, sizeof(batch->before.mac));
	pg_text(&v, ids.at);
	pg_text(&v, macs.at);
	call = ask(s, ADD, &v, on_added, (void (*)(void))added, arg);
	buf_free(&ids);
	buf_free(&macs);
	return call;
}
