/*
 * The questions have one shape: one statement about all rows, a column of
 * them in each parameter, which answers with as many rows in the same order.
 * struct verb says what is different; the rest is here.
 *
 * When the database refuses a batch, each row is sent again by itself, all at
 * once. Only what PostgreSQL itself calls a conflict (deadlock, serialization)
 * is tried more often, F-39.
 */
#include "db/ledger.h"

#include "base/log.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "db/holder_columns.h"
#include "db/pg.h"
#include "db/pg_array.h"
#include "db/skew.h"
#include "db/sql.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define WAITING_MAX 4096
#define TRIES 3

enum statement {
	FACTS,
	RESERVE,
	RECORD,
	MARK,
	STATEMENTS
};

static const struct pg_statement statements[STATEMENTS] = {
	[FACTS] = { SQL(facts) },
	[RESERVE] = { SQL(reserve) },
	[RECORD] = { "record", "SELECT koshin.record($1, $2, $3, $4)" },
	[MARK] = { "mark", "SELECT koshin.mark_installed($1, $2)" },
};

/* Of the facts. */
enum column {
	DER = HOLDER_COLUMNS,
	KNOWN,
	COLUMNS
};

static const char *const columns[COLUMNS] = {
	HOLDER_COLUMNS_NAMES[DER] = "der",
	[KNOWN] = "known",
};

struct ledger {
	struct event_base *base;
	struct pg *pg;
	struct skew skew;
	bool found; /* where the columns are */
	int at[COLUMNS];
	LIST_HEAD(, job) jobs;
};

/* One row of a job. */
struct slot {
	struct job *job;
	void *row;    /* the caller's; not touched once the call is forgotten */
	size_t asked; /* so many, of which this is the first */
	unsigned tries;		  /* by itself */
	struct loop_timer *pause; /* before the next one */
};

#define PARAMETERS_MAX 16

struct verb {
	enum statement statement;
	/* Types of its parameters, all of them arrays; 0 behind the last. */
	enum pg_array_type types[PARAMETERS_MAX];
	/* Adds the row to each parameter; clears what it is to be answered. */
	void (*add)(struct pg_array *, void *row);
	/* The answer about it is line `n`. */
	enum db_rc (*read)(struct ledger *, const PGresult *, int n, void *row);
	size_t rc; /* where in a row its rc is */
};

struct job {
	struct call call; /* first: the asker's pointer */
	LIST_ENTRY(job) link;
	struct ledger *ledger;
	const struct verb *verb;
	ledger_done_fn *done;
	void *arg;
	size_t open; /* rows on their way by themselves */
	size_t count;
	struct slot slot[];
};

struct ledger *
ledger_open(struct event_base *base, const char *conninfo)
{
	struct ledger *l = xcalloc(1, sizeof *l);

	l->base = base;
	l->pg = pg_open(base, &(struct pg_options){ .conninfo = conninfo,
				  .application = "koshin issuer",
				  .statements = statements,
				  .statement_count = STATEMENTS,
				  .waiting_max = WAITING_MAX });
	return l;
}

void
ledger_when_up(struct ledger *l, void (*up)(void *arg), void *arg)
{
	pg_when_up(l->pg, up, arg);
}

bool
ledger_up(const struct ledger *l)
{
	return pg_up(l->pg);
}

/* ----------------------------------------------------------- the shape */

static enum db_rc *
rc_of(const struct verb *verb, void *row)
{
	return (enum db_rc *)(void *)((char *)row + verb->rc);
}

/* The answer to all that were asked with the first. */
static void
on_rows(const struct db_asker *a, enum db_rc rc, const PGresult *r)
{
	struct slot *first = a->arg;
	const struct job *j = first->job;

	if (j->call.forgotten || rc != DB_OK)
		return;
	if ((size_t)PQntuples(r) != first->asked) {
		log_say(LOG_LINE_ERROR, "ledger", "an answer makes no sense");
		return;
	}
	for (size_t i = 0; i < first->asked; i++)
		*rc_of(j->verb, first[i].row) =
		    j->verb->read(j->ledger, r, (int)i, first[i].row);
}

/* False: no memory. */
static bool
fill(struct pg_array *parameters, const struct slot *first, size_t count,
    struct pg_values *v)
{
	const struct verb *verb = first->job->verb;
	bool good = true;

	for (size_t n = 0; verb->types[n] != 0; n++)
		pg_array_begin(&parameters[n], verb->types[n], count);
	for (size_t i = 0; i < count; i++)
		verb->add(parameters, first[i].row);
	for (size_t n = 0; verb->types[n] != 0; n++)
		good = pg_array_give(&parameters[n], v) && good;
	return good;
}

/* DB_DOWN until an answer says something else, which only a commit does. False:
 * there is no memory for it, and `done` is not called. */
static bool
ask(struct slot *first, size_t count, void (*done)(void *, enum db_rc),
    void *arg)
{
	const struct verb *verb = first->job->verb;
	struct ledger *l = first->job->ledger;
	struct pg_array parameters[PARAMETERS_MAX];
	struct pg_values v = { .count = 0 };
	struct pg_batch *b = NULL;

	for (size_t i = 0; i < count; i++)
		*rc_of(verb, first[i].row) = DB_DOWN;
	if (fill(parameters, first, count, &v))
		b = pg_batch_new(l->pg);
	if (b != NULL) {
		first->asked = count;
		pg_batch_add(
		    b, verb->statement, &v, on_rows, DB_ASKER(l, NULL, first));
		pg_batch_send(b, done, arg);
	}
	for (size_t n = 0; verb->types[n] != 0; n++)
		pg_array_free(&parameters[n]);
	return b != NULL;
}

static void
finish(struct job *j)
{
	if (!j->call.forgotten)
		j->done(j->arg);
	LIST_REMOVE(j, link);
	free(j);
}

static void on_alone(void *arg, enum db_rc rc);

static void
send_alone(void *arg)
{
	struct slot *s = arg;

	s->pause = NULL;
	/* A row of somebody who has gone cannot be read any more. */
	if (s->job->call.forgotten) {
		on_alone(s, DB_DOWN);
		return;
	}
	s->tries++;
	if (!ask(s, 1, on_alone, s))
		on_alone(s, DB_DOWN);
}

static void
on_alone(void *arg, enum db_rc rc)
{
	struct slot *s = arg;
	struct job *j = s->job;

	if (rc == DB_CONFLICT && s->tries < TRIES && !j->call.forgotten)
		s->pause = loop_try(
		    j->ledger->base, loop_backoff_ms(0), send_alone, s);
	if (s->pause != NULL)
		return;
	if (--j->open == 0)
		finish(j);
}

static void
on_together(void *arg, enum db_rc rc)
{
	struct job *j = arg;

	if (rc == DB_OK || j->call.forgotten || j->count == 0 ||
	    !pg_up(j->ledger->pg)) {
		finish(j);
	} else {
		j->open = j->count;
		/* The last one may end the job. */
		for (size_t i = 0, n = j->count; i < n; i++)
			send_alone(&j->slot[i]);
	}
}

/* The rows of a job that wait for their next try hear that it is over. */
static void
wake_all(struct job *j)
{
	/* The last one ends the job. */
	for (size_t i = 0, n = j->count, open = j->open; i < n && open > 0;
	     i++) {
		struct slot *s = &j->slot[i];

		if (s->pause == NULL)
			continue;
		loop_cancel(s->pause);
		s->pause = NULL;
		open--;
		on_alone(s, DB_DOWN);
	}
}

void
ledger_close(struct ledger *l)
{
	struct job *j, *next;

	if (l == NULL)
		return;
	pg_close(l->pg);
	for (j = LIST_FIRST(&l->jobs); j != NULL; j = next) {
		next = LIST_NEXT(j, link);
		wake_all(j);
	}
	free(l);
}

/* Nobody is left; the answer still comes later. */
static bool
ask_nothing(struct job *j)
{
	struct pg_batch *b = pg_batch_new(j->ledger->pg);

	if (b != NULL)
		pg_batch_send(b, on_together, j);
	return b != NULL;
}

static struct call *
start(struct ledger *l, const struct verb *verb, void *const *rows,
    size_t count, ledger_done_fn *done, void *arg)
{
	struct job *j = calloc(1, sizeof *j + count * sizeof *j->slot);

	if (j == NULL) {
		for (size_t i = 0; i < count; i++)
			*rc_of(verb, rows[i]) = DB_DOWN;
		return NULL;
	}
	LIST_INSERT_HEAD(&l->jobs, j, link);
	j->ledger = l;
	j->verb = verb;
	j->done = done;
	j->arg = arg;
	j->count = count;
	for (size_t i = 0; i < count; i++)
		j->slot[i] = (struct slot){ .job = j, .row = rows[i] };
	if (count > 0 ? ask(j->slot, count, on_together, j) : ask_nothing(j))
		return &j->call;
	LIST_REMOVE(j, link);
	free(j);
	return NULL;
}

/* Zeros stand for "none" in the structs, NULL does in SQL. */
static void
add_serial(struct pg_array *a, const struct serial *serial)
{
	if (serial_none(serial))
		pg_array_null(a);
	else
		pg_array_bytes(a, serial, sizeof *serial);
}

static void
add_digest(struct pg_array *a, const struct digest *digest)
{
	pg_array_bytes(a, digest, sizeof *digest);
}

static void
add_code_id(struct pg_array *a, bool by_code, const unsigned char *code_id)
{
	if (by_code)
		pg_array_bytes(a, code_id, LEDGER_CODE_ID_SIZE);
	else
		pg_array_null(a);
}

/* --------------------------------------------------------------- facts */

static void
add_fact(struct pg_array *p, void *row)
{
	struct ledger_fact *f = row;

	memset(&f->holder, 0, sizeof f->holder);
	f->known = LEDGER_NEW;
	f->der_len = 0;
	pg_array_integer(p++, f->account);
	add_digest(p++, &f->csr_digest);
	add_digest(p++, &f->key_identity);
	add_code_id(p++, f->by_code, f->code_id);
	add_serial(p, &f->presented);
}

static bool
read_known(const PGresult *r, const int *at, int n, struct ledger_fact *f)
{
	int64_t known = pg_get_integer(r, n, at[KNOWN]);

	if (!holder_columns_read(r, n, at, &f->holder) || known < LEDGER_NEW ||
	    known > LEDGER_CODE_UNKNOWN)
		return false;
	f->known = (enum ledger_known)known;
	return f->known != LEDGER_ISSUED ||
	       pg_get_bytes(r, n, at[DER], f->der, LEDGER_DER_MAX, &f->der_len);
}

static enum db_rc
read_fact(struct ledger *l, const PGresult *r, int n, void *row)
{
	time_t time;

	if (!l->found)
		pg_find_columns(r, columns, COLUMNS, l->at);
	l->found = true;
	time = (time_t)pg_get_integer(r, n, l->at[HOLDER_TIME]);
	if (!skew_small(&l->skew, time))
		return DB_DOWN;
	if (pg_is_null(r, n, l->at[HOLDER_ID]))
		return DB_NONE;
	if (read_known(r, l->at, n, row))
		return DB_OK;
	log_say(LOG_LINE_ERROR, "ledger", "a row makes no sense");
	return DB_DOWN;
}

struct call *
ledger_ask_facts(struct ledger *l, struct ledger_fact **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	static const struct verb verb = {
		.statement = FACTS,
		.types = { PG_ARRAY_INTEGER, PG_ARRAY_BYTES, PG_ARRAY_BYTES,
		    PG_ARRAY_BYTES, PG_ARRAY_BYTES },
		.add = add_fact,
		.read = read_fact,
		.rc = offsetof(struct ledger_fact, rc),
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}

/* ------------------------------------------------------------- reserve */

static void
add_reservation(struct pg_array *p, void *row)
{
	const struct ledger_reservation *r = row;

	pg_array_bytes(p++, &r->serial, sizeof r->serial);
	pg_array_integer(p++, r->account);
	pg_array_integer(p++, r->account_version);
	add_serial(p++, &r->replaces);
	pg_array_text(p++, r->profile);
	pg_array_text(p++, r->subject);
	add_digest(p++, &r->key_digest);
	add_digest(p++, &r->key_identity);
	add_digest(p++, &r->csr_digest);
	add_digest(p++, &r->tbs_digest);
	pg_array_time(p++, r->not_before);
	pg_array_time(p++, r->not_after);
	add_code_id(p++, r->by_code, r->code_id);
	pg_array_bool(p++, r->replacing);
	pg_array_bool(p, r->held);
}

static enum db_rc
read_reserved(struct ledger *l, const PGresult *r, int n, void *row)
{
	(void)l;
	(void)row;
	return pg_get_bool(r, n, 0) ? DB_OK : DB_CONFLICT; /* facts changed */
}

struct call *
ledger_reserve(struct ledger *l, struct ledger_reservation **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	static const struct verb verb = {
		.statement = RESERVE,
		.types = { PG_ARRAY_BYTES, PG_ARRAY_INTEGER, PG_ARRAY_INTEGER,
		    PG_ARRAY_BYTES, PG_ARRAY_TEXT, PG_ARRAY_TEXT,
		    PG_ARRAY_BYTES, PG_ARRAY_BYTES, PG_ARRAY_BYTES,
		    PG_ARRAY_BYTES, PG_ARRAY_TIME, PG_ARRAY_TIME,
		    PG_ARRAY_BYTES, PG_ARRAY_BOOL, PG_ARRAY_BOOL },
		.add = add_reservation,
		.read = read_reserved,
		.rc = offsetof(struct ledger_reservation, rc),
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}

/* -------------------------------------------------------------- record */

static void
add_record(struct pg_array *p, void *row)
{
	const struct ledger_record *r = row;

	pg_array_bytes(p++, &r->serial, sizeof r->serial);
	pg_array_bytes(p++, r->der, r->der_len);
	add_digest(p++, &r->fingerprint);
	pg_array_bool(p, r->complete_success);
}

/* Whether it could be done at all. */
static enum db_rc
read_done(struct ledger *l, const PGresult *r, int n, void *row)
{
	(void)l;
	(void)row;
	return pg_get_bool(r, n, 0) ? DB_OK : DB_NONE;
}

struct call *
ledger_record(struct ledger *l, struct ledger_record **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	static const struct verb verb = {
		.statement = RECORD,
		.types = { PG_ARRAY_BYTES, PG_ARRAY_BYTES, PG_ARRAY_BYTES,
		    PG_ARRAY_BOOL },
		.add = add_record,
		.read = read_done,
		.rc = offsetof(struct ledger_record, rc),
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}

/* ---------------------------------------------------------------- mark */

static void
add_mark(struct pg_array *p, void *row)
{
	const struct ledger_mark *m = row;

	pg_array_bytes(p++, &m->serial, sizeof m->serial);
	add_digest(p, &m->fingerprint);
}

struct call *
ledger_mark_installed(struct ledger *l, struct ledger_mark **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	static const struct verb verb = {
		.statement = MARK,
		.types = { PG_ARRAY_BYTES, PG_ARRAY_BYTES },
		.add = add_mark,
		.read = read_done,
		.rc = offsetof(struct ledger_mark, rc),
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}
