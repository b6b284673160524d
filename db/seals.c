#include "db/seals.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "db/audit_row.h"
#include "db/pg.h"
#include "db/sql.h"

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

static const struct pg_statement statements[STATEMENTS] = {
	[LOCK] = { "lock", "SELECT koshin.lead_sealing()" },
	[END] = { SQL(seal_end) },
	[ROWS] = { SQL(seal_rows) },
	[ADD] = { "add", "SELECT koshin.seal_audit($1, $2, $3, $4)" },
};

struct seals {
	struct pg *pg;
};

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

struct call *
seals_lock(struct seals *s, seals_lock_fn *lock, void *arg)
{
	return xalloc_made(
	    pg_ask(s->pg, LOCK, NULL, pg_tell_bool, DB_ASKER(s, lock, arg)));
}

/* ------------------------------------------------------------------ end */

/* False: there is none. */
static bool
read_mac(const PGresult *r, const char *name, struct digest *mac)
{
	int column = pg_column(r, name);
	size_t len = 0;

	return !pg_is_null(r, 0, column) &&
	       pg_get_bytes(r, 0, column, mac, sizeof(*mac), &len) &&
	       len == sizeof(*mac);
}

static bool
read_end(const PGresult *r, struct seals_end *e)
{
	struct audit_row_columns columns;

	audit_row_find(r, &columns);
	e->has_row = audit_row_read(r, &columns, 0, &e->row);
	e->last.position = pg_get_integer(r, 0, pg_column(r, "position"));
	e->before.position = e->last.position - 1;
	e->has_before = read_mac(r, "mac_before", &e->before.mac) ||
			e->before.position == 0;
	e->has_own = read_mac(r, "mac_own", &e->own);
	return read_mac(r, "mac", &e->last.mac);
}

static void
on_end(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
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
	struct pg_values v = { .count = 0 };

	pg_integer(&v, own_position);
	return xalloc_made(
	    pg_ask(s->pg, END, &v, on_end, DB_ASKER(s, end, arg)));
}

/* ----------------------------------------------------------------- rows */

static void
on_rows(const struct db_asker *a, enum db_rc rc, const PGresult *r)
{
	struct audit_row_columns columns;
	size_t count = rc == DB_OK ? (size_t)PQntuples(r) : 0;
	struct chain_row *rows = xcalloc(count + 1, sizeof *rows);

	if (count > 0)
		audit_row_find(r, &columns);
	for (size_t i = 0; i < count; i++)
		audit_row_read(r, &columns, (int)i, &rows[i]);
	if (rc == DB_NONE)
		rc = DB_OK; /* nothing waits */
	((seals_rows_fn *)a->heard)(a->arg, rc, rows, count);
	free(rows);
}

struct call *
seals_rows(struct seals *s, seals_rows_fn *rows, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, SEALS_BATCH);
	return xalloc_made(
	    pg_ask(s->pg, ROWS, &v, on_rows, DB_ASKER(s, rows, arg)));
}

/* ------------------------------------------------------------------ add */

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
	struct pg_values v = { .count = 0 };
	struct call *call;

	buf_init(&ids, (size_t)SEALS_BATCH * ELEMENT_MAX);
	buf_init(&macs, (size_t)SEALS_BATCH * ELEMENT_MAX);
	write_lists(batch, &ids, &macs);
	if (!buf_ok(&ids) || !buf_ok(&macs))
		xalloc_failed();
	pg_integer(&v, batch->before.position + 1);
	pg_bytes(&v, &batch->before.mac, sizeof(batch->before.mac));
	pg_text(&v, ids.at);
	pg_text(&v, macs.at);
	call = xalloc_made(
	    pg_ask(s->pg, ADD, &v, pg_tell_bool, DB_ASKER(s, added, arg)));
	buf_free(&ids);
	buf_free(&macs);
	return call;
}
