#include "db/outbox.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "db/pg.h"
#include "db/pg_array.h"
#include "db/sql.h"

#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 256

enum statement {
	TAKE,
	SETTLE,
	NEXT,
	CLOSE,
	UNSEALED,
	PLAN,
	PLAN_UNINSTALLED,
	REMOVE,
	STATEMENTS
};

static const struct pg_statement statements[STATEMENTS] = {
	[TAKE] = { SQL(take) },
	[SETTLE] = { SQL(settle) },
	[NEXT] = { "next", "SELECT koshin.next_mail()" },
	[CLOSE] = { "close", "SELECT koshin.close_abandoned()" },
	[UNSEALED] = { "unsealed", "SELECT koshin.oldest_unsealed()" },
	[PLAN] = { SQL(plan) },
	[PLAN_UNINSTALLED] = { "plan_uninstalled",
	    "SELECT koshin.plan_uninstalled($1)" },
	[REMOVE] = { SQL(remove_mails) },
};

struct outbox {
	struct outbox_options o;
	struct pg *pg;
};

static void
on_notified(void *arg)
{
	struct outbox *o = arg;

	o->o.ring(o->o.arg);
}

/* What was written while we were away rang for nobody. */
static void
on_state(void *arg, bool up)
{
	if (up)
		on_notified(arg);
}

struct outbox *
outbox_open(struct event_base *base, const struct outbox_options *options)
{
	struct outbox *o = xcalloc(1, sizeof *o);

	o->o = *options;
	o->pg =
	    pg_open(base, &(struct pg_options){ .conninfo = options->conninfo,
			      .application = "koshin courier",
			      .statements = statements,
			      .statement_count = STATEMENTS,
			      .waiting_max = WAITING_MAX,
			      .listen = "koshin_mail",
			      .notified = on_notified,
			      .state = on_state,
			      .arg = o });
	return o;
}

void
outbox_close(struct outbox *o)
{
	if (o == NULL)
		return;
	pg_close(o->pg);
	free(o);
}

/* -------------------------------------------------------------- taking */

/* Copies at most size - 1 bytes, and no half character. */
static void
copy_text(char *out, size_t size, const char *text, size_t len)
{
	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, text, len);
	out[len] = '\0';
}

/* name US value RS name US value ... (koshin.take_mails) */
static void
read_parameters(const char *pairs, struct outbox_mail *m)
{
	while (*pairs != '\0' && m->parameter_count < OUTBOX_PARAMETERS_MAX) {
		struct outbox_parameter *p = &m->parameters[m->parameter_count];
		size_t whole = strcspn(pairs, "\x1e");
		size_t name = strcspn(pairs, "\x1f");

		if (name < whole) {
			copy_text(p->name, sizeof p->name, pairs, name);
			copy_text(p->value, sizeof p->value, pairs + name + 1,
			    whole - name - 1);
			m->parameter_count++;
		}
		pairs += whole + (pairs[whole] != '\0');
	}
}

static bool
read_mail(const PGresult *r, int row, struct outbox_mail *m)
{
#define COLUMN(name) r, row, pg_column(r, #name)
#define NUMBER(name) pg_get_integer(COLUMN(name))
#define TEXT(name) pg_get_text(COLUMN(name), m->name, sizeof m->name)
	size_t len = 0;

	m->id = NUMBER(id);
	m->made_at = (time_t)NUMBER(made_at);
	m->dies_at = (time_t)NUMBER(dies_at);
	m->attempts = (unsigned)NUMBER(attempts);
	m->taken_at = (time_t)NUMBER(taken_at);
	m->taken_us = clock_mono_us();
	m->has_nonce = !pg_is_null(COLUMN(nonce));
	read_parameters(PQgetvalue(COLUMN(pairs)), m);
	return TEXT(kind) && TEXT(locale) && TEXT(recipient) &&
	       TEXT(message_id) &&
	       (!m->has_nonce || (pg_get_bytes(COLUMN(nonce), m->nonce,
				      sizeof m->nonce, &len) &&
				     len == sizeof m->nonce));
}

time_t
outbox_now(time_t taken_at, int64_t taken_us)
{
	return taken_at + (time_t)((clock_mono_us() - taken_us) / 1000000);
}

static void
on_taken(const struct db_asker *a, enum db_rc rc, const PGresult *r)
{
	size_t rows = rc == DB_OK ? (size_t)PQntuples(r) : 0, count = 0;
	struct outbox_mail *mails = xcalloc(rows + 1, sizeof *mails);

	for (size_t i = 0; i < rows; i++) {
		if (read_mail(r, (int)i, &mails[count]))
			count++;
		else
			log_say(LOG_LINE_ERROR, "outbox",
			    "a mail cannot be understood");
	}
	if (rc == DB_NONE)
		rc = DB_OK; /* nothing is due */
	((outbox_taken_fn *)a->heard)(a->arg, rc, mails, count);
	explicit_bzero(mails, (rows + 1) * sizeof *mails);
	free(mails);
}

static struct call *
take(struct outbox *o, size_t most, bool codes_only, outbox_taken_fn *taken,
    void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, (int64_t)most);
	pg_integer(&v, OUTBOX_LEASE_S);
	pg_bool(&v, codes_only);
	return xalloc_made(
	    pg_ask(o->pg, TAKE, &v, on_taken, DB_ASKER(o, taken, arg)));
}

struct call *
outbox_take(struct outbox *o, size_t most, outbox_taken_fn *taken, void *arg)
{
	return take(o, most, false, taken, arg);
}

struct call *
outbox_take_codes(
    struct outbox *o, size_t most, outbox_taken_fn *taken, void *arg)
{
	return take(o, most, true, taken, arg);
}

/* ------------------------------------------------------------ the rest */

/* In the order of the function's parameters. */
enum {
	ID,
	END,
	NEXT_AT,
	ANSWER,
	SETTLE_ARRAYS
};

static void
add_result(struct pg_array a[SETTLE_ARRAYS], const struct outbox_result *r)
{
	static const char *const ends[] = {
		[OUTBOX_SENT] = "sent",
		[OUTBOX_LATER] = "later",
		[OUTBOX_FAILED] = "failed",
	};

	pg_array_integer(&a[ID], r->id);
	pg_array_text(&a[END], ends[r->end]);
	pg_array_time(&a[NEXT_AT], r->next_at);
	pg_array_text(&a[ANSWER], r->answer);
}

struct call *
outbox_settle(struct outbox *o, const struct outbox_result *results,
    size_t count, outbox_done_fn *done, void *arg)
{
	static const enum pg_array_type types[SETTLE_ARRAYS] = {
		[ID] = PG_ARRAY_INTEGER,
		[END] = PG_ARRAY_TEXT,
		[NEXT_AT] = PG_ARRAY_TIME,
		[ANSWER] = PG_ARRAY_TEXT,
	};
	struct pg_array arrays[SETTLE_ARRAYS];
	struct pg_values v = { .count = 0 };
	struct call *call;

	for (size_t n = 0; n < SETTLE_ARRAYS; n++)
		pg_array_begin(&arrays[n], types[n], count);
	for (size_t i = 0; i < count; i++)
		add_result(arrays, &results[i]);
	for (size_t n = 0; n < SETTLE_ARRAYS; n++)
		if (!pg_array_give(&arrays[n], &v))
			xalloc_failed();
	call = xalloc_made(
	    pg_ask(o->pg, SETTLE, &v, pg_tell_done, DB_ASKER(o, done, arg)));
	for (size_t n = 0; n < SETTLE_ARRAYS; n++)
		pg_array_free(&arrays[n]);
	return call;
}

static void
on_number(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	bool some = rc == DB_OK && !pg_is_null(row, 0, 0);

	((outbox_number_fn *)a->heard)(
	    a->arg, rc, some ? pg_get_integer(row, 0, 0) : -1);
}

struct call *
outbox_next(struct outbox *o, outbox_number_fn *next, void *arg)
{
	return xalloc_made(
	    pg_ask(o->pg, NEXT, NULL, on_number, DB_ASKER(o, next, arg)));
}

struct call *
outbox_oldest_unsealed(struct outbox *o, outbox_number_fn *oldest, void *arg)
{
	return xalloc_made(
	    pg_ask(o->pg, UNSEALED, NULL, on_number, DB_ASKER(o, oldest, arg)));
}

struct call *
outbox_close_abandoned(struct outbox *o, outbox_done_fn *done, void *arg)
{
	return xalloc_made(
	    pg_ask(o->pg, CLOSE, NULL, pg_tell_done, DB_ASKER(o, done, arg)));
}

/* ------------------------------------------------------------ planning */

static void
on_planned(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct outbox_planned p = { 0 };

	if (rc == DB_OK) {
		p.looked_at =
		    pg_get_integer(row, 0, pg_column(row, "looked_at"));
		p.planned = pg_get_integer(row, 0, pg_column(row, "planned"));
		if (!pg_get_text(row, 0, pg_column(row, "last_time"),
			p.place.time, sizeof p.place.time) ||
		    !pg_get_text(row, 0, pg_column(row, "last_serial"),
			p.place.serial, sizeof p.place.serial))
			rc = DB_DOWN;
	}
	((outbox_planned_fn *)a->heard)(a->arg, rc, &p);
}

static const char *
or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

struct call *
outbox_plan(struct outbox *o, const struct notice_limits *limits,
    const struct outbox_place *behind, outbox_planned_fn *planned, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_time(&v, limits->at);
	pg_time(&v, limits->second_before);
	pg_time(&v, limits->first_before);
	pg_text(&v, or_null(behind->time));
	pg_text(&v, or_null(behind->serial));
	pg_integer(&v, OUTBOX_PLAN_MOST);
	return xalloc_made(
	    pg_ask(o->pg, PLAN, &v, on_planned, DB_ASKER(o, planned, arg)));
}

struct call *
outbox_plan_uninstalled(struct outbox *o, outbox_number_fn *planned, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, OUTBOX_PLAN_MOST);
	return xalloc_made(pg_ask(
	    o->pg, PLAN_UNINSTALLED, &v, on_number, DB_ASKER(o, planned, arg)));
}

/* ------------------------------------------------------------ old mails */

static void
on_removed(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct outbox_removed r = { 0 };

	if (rc == DB_OK) {
		r.looked_at =
		    pg_get_integer(row, 0, pg_column(row, "looked_at"));
		r.removed = pg_get_integer(row, 0, pg_column(row, "removed"));
		r.last_id = pg_get_integer(row, 0, pg_column(row, "last_id"));
	}
	((outbox_removed_fn *)a->heard)(a->arg, rc, &r);
}

struct call *
outbox_remove(struct outbox *o, unsigned keep_days, int64_t after_id,
    outbox_removed_fn *removed, void *arg)
{
	struct pg_values v = { .count = 0 };

	pg_integer(&v, keep_days);
	pg_integer(&v, after_id);
	pg_integer(&v, OUTBOX_REMOVE_MOST);
	return xalloc_made(
	    pg_ask(o->pg, REMOVE, &v, on_removed, DB_ASKER(o, removed, arg)));
}
