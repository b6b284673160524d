/*
 * The three questions have one shape: some statements for each row, one sync
 * for all. struct verb says what is different; the rest is here.
 *
 * When the database refuses a batch, each row is sent again under a sync of
 * its own, all at once. Only what PostgreSQL itself calls a conflict (deadlock,
 * serialization) is tried more often, F-39.
 */
#include "db/ledger.h"

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
	[FACTS] = { "facts", sql_facts },
	[RESERVE] = { "reserve",
	    "SELECT koshin.reserve($1, $2, $3, $4, $5, $6, $7, $8, $9,"
	    " to_timestamp($10), to_timestamp($11), $12)" },
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
	void (*when_up)(void *arg);
	void *when_up_arg;
};

/* One row of a job. */
struct slot {
	struct job *job;
	void *row; /* the caller's; not touched once the call is forgotten */
	unsigned tries;		  /* by itself */
	struct loop_timer *pause; /* before the next one */
};

struct verb {
	/* Statements before the first row; or NULL. */
	void (*open)(struct pg_batch *, struct slot *, size_t count);
	void (*send)(struct pg_batch *, struct slot *);
	void (*end)(void *row, enum db_rc rc);
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

static void
on_state(void *arg, bool up)
{
	struct ledger *l = arg;

	if (up && l->when_up != NULL)
		l->when_up(l->when_up_arg);
}

struct ledger *
ledger_open(struct event_base *base, const char *conninfo)
{
	struct ledger *l = xcalloc(1, sizeof *l);

	l->base = base;
	l->pg = pg_open(base, &(struct pg_options){ .conninfo = conninfo,
				  .application = "koshin issuer",
				  .statements = statements,
				  .statement_count = STATEMENTS,
				  .waiting_max = WAITING_MAX,
				  .state = on_state,
				  .arg = l });
	return l;
}

void
ledger_when_up(struct ledger *l, void (*up)(void *arg), void *arg)
{
	l->when_up = up;
	l->when_up_arg = arg;
}

bool
ledger_up(const struct ledger *l)
{
	return pg_up(l->pg);
}

/* ----------------------------------------------------------- the shape */

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
	j->verb->send(b, s);
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
	if (rc != DB_OK && !j->call.forgotten)
		j->verb->end(s->row, DB_DOWN);
	if (--j->open == 0)
		finish(j);
}

static void
end_all(struct job *j, enum db_rc rc)
{
	for (size_t i = 0; i < j->count && !j->call.forgotten; i++)
		j->verb->end(j->slot[i].row, rc);
	finish(j);
}

static void
on_together(void *arg, enum db_rc rc)
{
	struct job *j = arg;

	if (rc == DB_OK)
		finish(j);
	else if (j->call.forgotten || j->count == 0 || !pg_up(j->ledger->pg))
		end_all(j, DB_DOWN);
	else {
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
		verb->send(b, &j->slot[i]);
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
	size_t room = count * 21 + 3, used = 0;
	char *list = xmalloc(room);
	struct pg_values v;

	list[used++] = '{';
	for (size_t i = 0; i < count; i++) {
		const struct ledger_fact *f = slots[i].row;

		used += (size_t)snprintf(list + used, room - used, "%s%" PRId64,
		    i > 0 ? "," : "", f->account);
	}
	assert(used + 2 <= room);
	memcpy(list + used, "}", 2);
	v.count = 0;
	pg_text(&v, list);
	pg_batch_add(b, CLOSE, &v, NULL, NULL);
	free(list);
}

static bool
read_fact(const PGresult *r, const int *at, struct ledger_fact *f)
{
	int64_t known = pg_get_integer(r, 0, at[KNOWN]);

	if (!holder_columns_read(r, at, &f->holder) || known < LEDGER_NEW ||
	    known > LEDGER_CODE_TAKEN)
		return false;
	f->known = (enum ledger_known)known;
	return f->known != LEDGER_ISSUED ||
	       pg_get_bytes(r, 0, at[DER], f->der, LEDGER_DER_MAX, &f->der_len);
}

static void
on_fact(void *arg, enum db_rc rc, const PGresult *row)
{
	const struct slot *s = arg;
	struct ledger *l = s->job->ledger;
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
send_fact(struct pg_batch *b, struct slot *s)
{
	struct ledger_fact *f = s->row;
	struct pg_values v;

	memset(&f->holder, 0, sizeof f->holder);
	f->known = LEDGER_NEW;
	f->der_len = 0;
	f->rc = DB_DOWN;
	v.count = 0;
	pg_integer(&v, f->account);
	pg_bytes(&v, &f->csr_digest, sizeof f->csr_digest);
	pg_bytes(&v, &f->key_digest, sizeof f->key_digest);
	add_code_id(&v, f->by_code, f->code_id);
	add_serial(&v, &f->presented);
	pg_integer(&v, LEDGER_REPEAT_S);
	pg_batch_add(b, FACTS, &v, on_fact, s);
}

static void
end_fact(void *row, enum db_rc rc)
{
	((struct ledger_fact *)row)->rc = rc;
}

struct call *
ledger_ask_facts(struct ledger *l, struct ledger_fact **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	static const struct verb verb = {
		.open = open_facts,
		.send = send_fact,
		.end = end_fact,
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}

/* ------------------------------------------------------------- reserve */

static void
on_reserved(void *arg, enum db_rc rc, const PGresult *row)
{
	const struct slot *s = arg;
	struct ledger_reservation *r = s->row;

	if (!s->job->call.forgotten && rc == DB_OK)
		r->rc = pg_get_bool(row, 0, 0) ? DB_OK : DB_CONFLICT;
}

static void
send_reservation(struct pg_batch *b, struct slot *s)
{
	struct ledger_reservation *r = s->row;
	struct pg_values v;

	r->rc = DB_DOWN;
	v.count = 0;
	pg_bytes(&v, &r->serial, sizeof r->serial);
	pg_integer(&v, r->account);
	pg_integer(&v, r->account_version);
	add_serial(&v, &r->replaces);
	pg_text(&v, r->profile);
	pg_text(&v, r->subject);
	pg_bytes(&v, &r->key_digest, sizeof r->key_digest);
	pg_bytes(&v, &r->csr_digest, sizeof r->csr_digest);
	pg_bytes(&v, &r->tbs_digest, sizeof r->tbs_digest);
	pg_time(&v, r->not_before);
	pg_time(&v, r->not_after);
	add_code_id(&v, r->by_code, r->code_id);
	pg_batch_add(b, RESERVE, &v, on_reserved, s);
}

static void
end_reservation(void *row, enum db_rc rc)
{
	((struct ledger_reservation *)row)->rc = rc;
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
		.send = send_reservation,
		.end = end_reservation,
		.order = by_account,
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}

/* -------------------------------------------------------------- record */

static void
on_recorded(void *arg, enum db_rc rc, const PGresult *row)
{
	const struct slot *s = arg;
	struct ledger_record *r = s->row;

	if (!s->job->call.forgotten && rc == DB_OK)
		r->rc = pg_get_bool(row, 0, 0) ? DB_OK : DB_NONE;
}

static void
send_record(struct pg_batch *b, struct slot *s)
{
	struct ledger_record *r = s->row;
	struct pg_values v;

	r->rc = DB_DOWN;
	v.count = 0;
	pg_bytes(&v, &r->serial, sizeof r->serial);
	pg_bytes(&v, r->der, r->der_len);
	pg_bytes(&v, &r->fingerprint, sizeof r->fingerprint);
	pg_bool(&v, r->complete_success);
	pg_batch_add(b, RECORD, &v, on_recorded, s);
}

static void
end_record(void *row, enum db_rc rc)
{
	((struct ledger_record *)row)->rc = rc;
}

struct call *
ledger_record(struct ledger *l, struct ledger_record **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	static const struct verb verb = {
		.send = send_record,
		.end = end_record,
	};

	return start(l, &verb, (void *const *)rows, count, done, arg);
}
