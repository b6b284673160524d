/*
 * The three questions have one shape: some statements for each row, one sync
 * for all. struct verb says what is different; the rest is here.
 *
 * When the database refuses a batch, each row is sent again under a sync of
 * its own, all at once. Only what PostgreSQL itself calls a conflict (deadlock,
 * serialization) is tried more often, F-39.
 */
#include "db/ledger.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "db/holder_columns.h"
#include "db/pg.h"
#include "db/skew.h"
#include "db/sql.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define WAITING_MAX 4096
#define TRIES 3

enum statement {
	CLOSE,
	FACTS,
	RESERVE,
	RECORD,
	STATEMENTS
};

static const struct pg_statement statements[STATEMENTS] = {
	[CLOSE] = { "close", "SELECT koshin.close_abandoned($1)" },
	[FACTS] = { SQL(facts) },
	[RESERVE] = { SQL(reserve) },
	[RECORD] = { "record", "SELECT koshin.record($1, $2, $3, $4)" },
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
	void *row; /* the caller's; not touched once the call is forgotten */
	unsigned tries;		  /* by itself */
	struct loop_timer *pause; /* before the next one */
};

struct verb {
	enum statement statement;
	/* Statements before the first row; or NULL. */
	void (*open)(struct pg_batch *, struct slot *, size_t count);
	/* The row's parameters; clears what it is to be answered. */
	void (*fill)(void *row, struct pg_values *);
	pg_answer_fn *answer; /* its asker's `arg` is the slot */
	size_t rc;	      /* where in a row its rc is */
	enum db_rc otherwise; /* of on_yes(): not DB_OK, but this */
	int (*order)(const void *, const void *); /* of slots; or NULL */
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
rc_of(const struct slot *s)
{
	return (enum db_rc *)(void *)((char *)s->row + s->job->verb->rc);
}

/* DB_DOWN until an answer says something else, which only a commit does. */
static void
send(struct pg_batch *b, struct slot *s)
{
	const struct verb *verb = s->job->verb;
	struct pg_values v = { .count = 0 };

	*rc_of(s) = DB_DOWN;
	verb->fill(s->row, &v);
	pg_batch_add(b, verb->statement, &v, verb->answer,
	    DB_ASKER(s->job->ledger, NULL, s));
}

/* The answer to a question of yes or no. */
static void
on_yes(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	const struct slot *s = a->arg;

	if (!s->job->call.forgotten && rc == DB_OK)
		*rc_of(s) =
		    pg_get_bool(row, 0, 0) ? DB_OK : s->job->verb->otherwise;
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
	struct job *j = s->job;
	struct pg_batch *b;

	s->pause = NULL;
	/* A row of somebody who has gone cannot be read any more. */
	if (j->call.forgotten) {
		on_alone(s, DB_DOWN);
		return;
	}
	b = pg_batch_new(j->ledger->pg);
	s->tries++;
	if (j->verb->open != NULL)
		j->verb->open(b, s, 1);
	send(b, s);
	pg_batch_send(b, on_alone, s);
}

static void
on_alone(void *arg, enum db_rc rc)
{
	struct slot *s = arg;
	struct job *j = s->job;

	if (rc == DB_CONFLICT && s->tries < TRIES && !j->call.forgotten) {
		s->pause = loop_after(
		    j->ledger->base, loop_backoff_ms(0), send_alone, s);
		return;
	}
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

static struct call *
start(struct ledger *l, const struct verb *verb, void *const *rows,
    size_t count, ledger_done_fn *done, void *arg)
{
	struct job *j = xcalloc(1, sizeof *j + count * sizeof *j->slot);
	struct pg_batch *b;

	LIST_INSERT_HEAD(&l->jobs, j, link);
	j->ledger = l;
	j->verb = verb;
	j->done = done;
	j->arg = arg;
	j->count = count;
	for (size_t i = 0; i < count; i++)
		j->slot[i] = (struct slot){ .job = j, .row = rows[i] };
	if (verb->order != NULL)
		qsort(j->slot, count, sizeof *j->slot, verb->order);
	b = pg_batch_new(l->pg);
	if (verb->open != NULL)
		verb->open(b, j->slot, count);
	for (size_t i = 0; i < count; i++)
		send(b, &j->slot[i]);
	pg_batch_send(b, on_together, j);
	return &j->call;
}

/* Zeros stand for "none" in the structs, NULL does in SQL. */
static void
add_serial(struct pg_values *v, const struct serial *serial)
{
	if (serial_none(serial))
		pg_null(v);
	else
		pg_bytes(v, serial, sizeof *serial);
}

static void
add_code_id(struct pg_values *v, bool by_code, const unsigned char *code_id)
{
	if (by_code)
		pg_bytes(v, code_id, LEDGER_CODE_ID_SIZE);
	else
		pg_null(v);
}

/* --------------------------------------------------------------- facts */

static void
open_facts(struct pg_batch *b, struct slot *slots, size_t count)
{
	struct buf list;
	struct pg_values v = { .count = 0 };

	buf_init(&list, count * 21 + 3);
	buf_text(&list, "{");
	for (size_t i = 0; i < count; i++) {
		const struct ledger_fact *f = slots[i].row;

		buf_printf(&list, "%s%" PRId64, i > 0 ? "," : "", f->account);
	}
	buf_text(&list, "}");
	assert(buf_ok(&list));
	pg_text(&v, list.at);
	pg_batch_add(b, CLOSE, &v, NULL, DB_ASKER(NULL, NULL, NULL));
	buf_free(&list);
}

static bool
read_fact(const PGresult *r, const int *at, struct ledger_fact *f)
{
	int64_t known = pg_get_integer(r, 0, at[KNOWN]);

	if (!holder_columns_read(r, at, &f->holder) || known < LEDGER_NEW ||
	    known > LEDGER_CODE_UNKNOWN)
		return false;
	f->known = (enum ledger_known)known;
	return f->known != LEDGER_ISSUED ||
	       pg_get_bytes(r, 0, at[DER], f->der, LEDGER_DER_MAX, &f->der_len);
}

static void
on_fact(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	const struct slot *s = a->arg;
	struct ledger *l = a->module;
	struct ledger_fact *f = s->row;

	if (s->job->call.forgotten || (rc != DB_OK && rc != DB_NONE))
		return;
	f->rc = rc;
	if (rc != DB_OK)
		return;
	if (!l->found)
		pg_find_columns(row, columns, COLUMNS, l->at);
	l->found = true;
	if (!skew_small(
		&l->skew, (time_t)pg_get_integer(row, 0, l->at[HOLDER_TIME]))) {
		f->rc = DB_DOWN;
	} else if (!read_fact(row, l->at, f)) {
		log_say(LOG_LINE_ERROR, "ledger", "a row makes no sense");
		f->rc = DB_DOWN;
	}
}

static void
fill_fact(void *row, struct pg_values *v)
{
	struct ledger_fact *f = row;

	memset(&f->holder, 0, sizeof f->holder);
	f->known = LEDGER_NEW;
	f->der_len = 0;
	pg_integer(v, f->account);
	pg_bytes(v, &f->csr_digest, sizeof f->csr_digest);
	pg_bytes(v, &f->key_identity, sizeof f->key_identity);
	add_code_id(v, f->by_code, f->code_id);
	add_serial(v, &f->presented);
	pg_integer(v, LEDGER_REPEAT_S);
}

struct call *
ledger_ask_facts(struct ledger *l, struct ledger_fact **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	static const struct verb verb = {
		.statement = FACTS,
		.open = open_facts,
		.fill = fill_fact,
		.answer = on_fact,
		.rc = offsetof(struct ledger_fact, rc),
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}

/* ------------------------------------------------------------- reserve */

static void
fill_reservation(void *row, struct pg_values *v)
{
	const struct ledger_reservation *r = row;

	pg_bytes(v, &r->serial, sizeof r->serial);
	pg_integer(v, r->account);
	pg_integer(v, r->account_version);
	add_serial(v, &r->replaces);
	pg_text(v, r->profile);
	pg_text(v, r->subject);
	pg_bytes(v, &r->key_digest, sizeof r->key_digest);
	pg_bytes(v, &r->key_identity, sizeof r->key_identity);
	pg_bytes(v, &r->csr_digest, sizeof r->csr_digest);
	pg_bytes(v, &r->tbs_digest, sizeof r->tbs_digest);
	pg_time(v, r->not_before);
	pg_time(v, r->not_after);
	add_code_id(v, r->by_code, r->code_id);
}

/* Two issuers that lock accounts in one order cannot wait for each other. */
static int
by_account(const void *a, const void *b)
{
	const struct ledger_reservation *x = ((const struct slot *)a)->row;
	const struct ledger_reservation *y = ((const struct slot *)b)->row;

	return (x->account > y->account) - (x->account < y->account);
}

struct call *
ledger_reserve(struct ledger *l, struct ledger_reservation **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	static const struct verb verb = {
		.statement = RESERVE,
		.fill = fill_reservation,
		.answer = on_yes,
		.rc = offsetof(struct ledger_reservation, rc),
		.otherwise = DB_CONFLICT, /* facts have changed */
		.order = by_account,
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}

/* -------------------------------------------------------------- record */

static void
fill_record(void *row, struct pg_values *v)
{
	const struct ledger_record *r = row;

	pg_bytes(v, &r->serial, sizeof r->serial);
	pg_bytes(v, r->der, r->der_len);
	pg_bytes(v, &r->fingerprint, sizeof r->fingerprint);
	pg_bool(v, r->complete_success);
}

struct call *
ledger_record(struct ledger *l, struct ledger_record **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	static const struct verb verb = {
		.statement = RECORD,
		.fill = fill_record,
		.answer = on_yes,
		.rc = offsetof(struct ledger_record, rc),
		.otherwise = DB_NONE, /* it is not reserved any more */
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}
