#include "db/outbox.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "db/pg.h"

#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 256

enum statement {
	TAKE,
	SETTLE,
	NEXT,
	CLOSE,
	PLAN,
	STATEMENTS
};

static const struct pg_statement statements[STATEMENTS] = {
	[TAKE] = { "take",
	    "SELECT id, kind, locale, recipient, message_id, made_at, dies_at,"
	    " attempts, nonce, pairs, koshin.epoch(clock_timestamp())"
	    " FROM koshin.take_mails($1::int, $2::int, $3::boolean)" },
	[SETTLE] = { "settle", "SELECT koshin.settle_mail($1::bigint, $2::text,"
			       " to_timestamp($3::bigint), $4::text)" },
	[NEXT] = { "next", "SELECT koshin.next_mail()" },
	[CLOSE] = { "close", "SELECT koshin.close_abandoned()" },
	[PLAN] = { "plan",
	    "SELECT looked_at, planned, last_time, last_serial"
	    " FROM koshin.plan_notices(to_timestamp($1::bigint),"
	    " to_timestamp($2::bigint), to_timestamp($3::bigint),"
	    " coalesce($4::timestamptz, '-infinity'),"
	    " coalesce($5::bytea, ''), $6::int, false)" },
};

struct outbox {
	struct outbox_options o;
	struct pg *pg;
};

/* Asks; the answer is for `heard`. */
static struct call *
ask(struct outbox *o, enum statement statement, const struct pg_values *v,
    pg_answer_fn *answer, void (*heard)(void), void *arg)
{
	return pg_ask_for(
	    o->pg, statement, v, answer, (struct pg_asker){ o, heard, arg });
}

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
	size_t len = 0;

	m->id = pg_get_integer(r, row, 0);
	m->made_at = (time_t)pg_get_integer(r, row, 5);
	m->dies_at = (time_t)pg_get_integer(r, row, 6);
	m->attempts = (unsigned)pg_get_integer(r, row, 7);
	m->has_nonce = !pg_is_null(r, row, 8);
	m->taken_at = (time_t)pg_get_integer(r, row, 10);
	m->taken_us = clock_mono_us();
	read_parameters(PQgetvalue(r, row, 9), m);
	return pg_get_text(r, row, 1, m->kind, sizeof m->kind) &&
	       pg_get_text(r, row, 2, m->locale, sizeof m->locale) &&
	       pg_get_text(r, row, 3, m->recipient, sizeof m->recipient) &&
	       pg_get_text(r, row, 4, m->message_id, sizeof m->message_id) &&
	       (!m->has_nonce ||
		   (pg_get_bytes(r, row, 8, m->nonce, sizeof m->nonce, &len) &&
		       len == sizeof m->nonce));
}

time_t
outbox_now(time_t taken_at, int64_t taken_us)
{
	return taken_at + (time_t)((clock_mono_us() - taken_us) / 1000000);
}

static void
on_taken(void *arg, enum db_rc rc, const PGresult *r)
{
	const struct pg_asker *a = arg;
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
	struct pg_values v;

	v.count = 0;
	pg_integer(&v, (int64_t)most);
	pg_integer(&v, OUTBOX_LEASE_S);
	pg_bool(&v, codes_only);
	return ask(o, TAKE, &v, on_taken, (void (*)(void))taken, arg);
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

static void
on_done(void *arg, enum db_rc rc, const PGresult *row)
{
	const struct pg_asker *a = arg;

	(void)row;
	((outbox_done_fn *)a->heard)(a->arg, rc);
}

struct call *
outbox_settle(struct outbox *o, const struct outbox_result *result,
    outbox_done_fn *done, void *arg)
{
	static const char *const ends[] = {
		[OUTBOX_SENT] = "sent",
		[OUTBOX_LATER] = "later",
		[OUTBOX_FAILED] = "failed",
	};
	struct pg_values v;

	v.count = 0;
	pg_integer(&v, result->id);
	pg_text(&v, ends[result->end]);
	pg_time(&v, result->next_at);
	pg_text(&v, result->answer);
	return ask(o, SETTLE, &v, on_done, (void (*)(void))done, arg);
}

static void
on_next(void *arg, enum db_rc rc, const PGresult *row)
{
	const struct pg_asker *a = arg;

	((outbox_next_fn *)a->heard)(
	    a->arg, rc, rc == DB_OK ? pg_get_integer(row, 0, 0) : -1);
}

struct call *
outbox_next(struct outbox *o, outbox_next_fn *next, void *arg)
{
	return ask(o, NEXT, NULL, on_next, (void (*)(void))next, arg);
}

struct call *
outbox_close_abandoned(struct outbox *o, outbox_done_fn *done, void *arg)
{
	return ask(o, CLOSE, NULL, on_done, (void (*)(void))done, arg);
}

/* ------------------------------------------------------------ planning */

static void
on_planned(void *arg, enum db_rc rc, const PGresult *row)
{
	const struct pg_asker *a = arg;
	struct outbox_planned p = { 0 };

	if (rc == DB_OK) {
		p.looked_at = pg_get_integer(row, 0, 0);
		p.planned = pg_get_integer(row, 0, 1);
		if (!pg_get_text(
			row, 0, 2, p.place.time, sizeof p.place.time) ||
		    !pg_get_text(
			row, 0, 3, p.place.serial, sizeof p.place.serial))
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
	struct pg_values v;

	v.count = 0;
	pg_time(&v, limits->at);
	pg_time(&v, limits->second_before);
	pg_time(&v, limits->first_before);
	pg_text(&v, or_null(behind->time));
	pg_text(&v, or_null(behind->serial));
	pg_integer(&v, OUTBOX_PLAN_MOST);
	return ask(o, PLAN, &v, on_planned, (void (*)(void))planned, arg);
}
