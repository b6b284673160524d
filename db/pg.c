/*
 * Questions stand in a list in the order in which they were sent, which is the
 * order in which PostgreSQL answers them. A question's results are kept until
 * its sync has come: what it changed is committed then, and not before.
 *
 * When the oldest question takes too long, the connection is given up, with
 * all questions on it. That is hard, but after it no late answer can be taken
 * for the answer to something else, and a server that hangs is left at once.
 */
#include "db/pg.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "db/pg_link.h"
#include "db/pg_question.h"
#include "db/sql.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A batch is a question that is still being written. */
struct pg_batch {
	struct pg_question question;
};

struct pg {
	struct pg_options o;
	struct event_base *base;
	struct pg_link *link;
	bool up;
	bool closing;	  /* what gets no answer now is no trouble */
	unsigned telling; /* inside so many callbacks */
	struct pg_queue sent;
	struct pg_queue refused;
	size_t waiting;		    /* in both */
	struct loop_timer *refusal; /* pending while `refused` has some */
	struct loop_timer *limit;   /* pending while `sent` has some */
	struct pg_question *open;   /* a batch being written */
	void (*when_up)(void *arg);
	void *when_up_arg;
};

/* ---------------------------------------------------------- hearing */

/* One value per reaction; everything else is "unknown". what is in `ours`
 * is raised by our own functions (db/schema/session.sql). */
static enum db_rc
reaction(const char *sqlstate)
{
	static const char *const conflicts[] = { "23505", "23P01", "40001",
		"40P01" };
	static const struct {
		const char *sqlstate;
		enum db_rc rc;
	} ours[] = { { "P0002", DB_NONE }, { "KO001", DB_LIMIT },
		{ "KO002", DB_REFUSED }, { "KO003", DB_SECOND },
		{ "KO004", DB_REFUSED }, { "KO005", DB_REFUSED },
		{ "22023", DB_STATE } };

	for (size_t i = 0; i < sizeof conflicts / sizeof *conflicts; i++)
		if (strcmp(sqlstate, conflicts[i]) == 0)
			return DB_CONFLICT;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcmp(sqlstate, ours[i].sqlstate) == 0)
			return ours[i].rc;
	return DB_DOWN;
}

/*
 * Errors that a new connection mends: read-only after a failover (F-47),
 * prepared statements that are gone or whose table has changed.
 */
static bool
needs_new_connection(const char *sqlstate)
{
	return strcmp(sqlstate, "25006") == 0 ||
	       strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "0A000") == 0;
}

static void
log_error(const struct pg *pg, const char *sqlstate, const PGresult *r)
{
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	struct log_line l;

	log_begin(&l, LOG_LINE_WARN, "postgres");
	log_text(&l, "connection", pg->o.application);
	log_text(&l, "sqlstate", sqlstate);
	log_text(&l, "error", text != NULL ? text : PQresultErrorMessage(r));
	log_end(&l);
}

static void
judge_error(struct pg_question *q, const PGresult *r)
{
	const char *sqlstate = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	if (sqlstate == NULL)
		sqlstate = "-";
	q->rc = reaction(sqlstate);
	if (q->rc == DB_DOWN)
		log_error(q->pg, sqlstate, r);
	if (needs_new_connection(sqlstate))
		pg_link_break(q->pg->link, "needs a new connection");
}

/* Calls everybody back and ends the oldest question of the list. */
static void
tell(struct pg *pg, struct pg_queue *list)
{
	struct pg_question *q = STAILQ_FIRST(list);

	STAILQ_REMOVE_HEAD(list, link);
	pg->waiting--;
	pg->telling++;
	pg_question_tell(q);
	pg->telling--;
}

/* Everybody in the list hears that it is not known what happened. */
static void
tell_down(struct pg *pg, struct pg_queue *list)
{
	struct pg_queue gone = STAILQ_HEAD_INITIALIZER(gone);

	STAILQ_CONCAT(&gone, list);
	while (!STAILQ_EMPTY(&gone)) {
		STAILQ_FIRST(&gone)->rc = DB_DOWN;
		tell(pg, &gone);
	}
}

/* Takes one result in; the question it belongs to is the oldest. */
static void
hear(struct pg *pg, PGresult *r)
{
	struct pg_question *q = STAILQ_FIRST(&pg->sent);
	ExecStatusType status = PQresultStatus(r);

	if (status == PGRES_PIPELINE_SYNC) {
		PQclear(r);
		if (q->heard < q->count)
			q->rc = DB_DOWN; /* cannot be; not taken for good */
		tell(pg, &pg->sent);
		return;
	}
	if (status == PGRES_FATAL_ERROR && q->rc == DB_OK)
		judge_error(q, r);
	else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK &&
		 q->rc == DB_OK)
		q->rc = DB_DOWN;
	/* One more than there were statements: the commit itself failed. */
	if (q->heard < q->count)
		q->part[q->heard++].result = r;
	else
		PQclear(r);
}

static void
hear_notices(struct pg *pg, PGconn *c)
{
	bool rung = false;
	PGnotify *n;

	while ((n = PQnotifies(c)) != NULL) {
		rung = true;
		PQfreemem(n);
	}
	if (rung && pg->o.notified != NULL)
		pg->o.notified(pg->o.arg);
}

/* A NULL stands between two results; only two in a row are the end. */
static void
on_readable(void *arg)
{
	struct pg *pg = arg;
	unsigned nulls = 0;
	PGconn *c;

	while ((c = pg_link_conn(pg->link)) != NULL &&
	       !STAILQ_EMPTY(&pg->sent) && nulls < 2 && !PQisBusy(c)) {
		PGresult *r = PQgetResult(c);

		nulls = r == NULL ? nulls + 1 : 0;
		if (r != NULL)
			hear(pg, r);
	}
	if (c == NULL)
		return;
	if (PQstatus(c) == CONNECTION_BAD)
		pg_link_drop(pg->link, PQerrorMessage(c));
	else
		hear_notices(pg, c);
}

/* ------------------------------------------------------------ limits */

static void on_limit(void *arg);

static void
watch_limit(struct pg *pg, int64_t wait_us)
{
	pg->limit = loop_after(pg->base, wait_us / 1000 + 1, on_limit, pg);
}

/* One timer, for the oldest question; it is not moved by each answer. */
static void
on_limit(void *arg)
{
	struct pg *pg = arg;
	int64_t left;

	pg->limit = NULL;
	if (STAILQ_EMPTY(&pg->sent))
		return;
	left = STAILQ_FIRST(&pg->sent)->deadline_us - clock_mono_us();
	if (left > 0)
		watch_limit(pg, left);
	else
		pg_link_drop(pg->link, "no answer in time");
}

static void
on_refusal(void *arg)
{
	struct pg *pg = arg;

	pg->refusal = NULL;
	tell_down(pg, &pg->refused);
}

/* ------------------------------------------------------------ asking */

static struct pg_question *
begin(struct pg *pg)
{
	struct pg_question *q = pg_question_new(pg);

	assert(pg->open == NULL);
	if (q == NULL)
		return NULL;
	q->refused = !pg->up || pg_link_conn(pg->link) == NULL ||
		     pg->waiting >= pg->o.waiting_max;
	pg->waiting++;
	return q;
}

static void
send_statement(
    const struct pg_question *q, size_t statement, const struct pg_values *v)
{
	static const struct pg_values none;
	PGconn *c = pg_link_conn(q->pg->link);

	if (v == NULL)
		v = &none;
	if (q->refused || c == NULL)
		return;
	if (PQsendQueryPrepared(c, q->pg->o.statements[statement].name,
		v->count, v->value, v->length, v->format, 0) != 1)
		pg_link_break(q->pg->link, PQerrorMessage(c));
}

/* The question is complete: puts it where its answer will look for it. */
static struct call *
post(struct pg_question *q)
{
	struct pg *pg = q->pg;
	PGconn *c = pg_link_conn(pg->link);

	if (q->refused) {
		STAILQ_INSERT_TAIL(&pg->refused, q, link);
		if (pg->refusal == NULL)
			pg->refusal = loop_after(pg->base, 0, on_refusal, pg);
		return &q->call;
	}
	STAILQ_INSERT_TAIL(&pg->sent, q, link);
	q->deadline_us = clock_mono_us() + pg->o.answer_ms * 1000;
	if (pg->limit == NULL)
		watch_limit(pg, pg->o.answer_ms * 1000);
	if (c != NULL && PQpipelineSync(c) != 1)
		pg_link_break(pg->link, PQerrorMessage(c));
	pg_link_flush(pg->link);
	return &q->call;
}

struct call *
pg_ask(struct pg *pg, size_t statement, const struct pg_values *v,
    pg_answer_fn *answer, struct db_asker asker)
{
	struct pg_question *q = begin(pg);

	assert(statement < pg->o.statement_count);
	if (q == NULL)
		return NULL;
	(void)pg_question_add(q, answer, asker); /* there is room for one */
	send_statement(q, statement, v);
	return post(q);
}

void
pg_tell_done(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	(void)row;
	((void (*)(void *, enum db_rc))a->heard)(a->arg, rc);
}

void
pg_tell_bool(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	((void (*)(void *, enum db_rc, bool))a->heard)(
	    a->arg, rc, rc == DB_OK && pg_get_bool(row, 0, 0));
}

/* A part of it may be on its way, and must not be committed. */
static void
refuse_batch(struct pg_question *q)
{
	q->rc = DB_DOWN;
	if (!q->refused)
		pg_link_break(q->pg->link, "out of memory");
}

struct pg_batch *
pg_batch_new(struct pg *pg)
{
	struct pg_question *q = begin(pg);

	pg->open = q;
	return (struct pg_batch *)q;
}

void
pg_batch_add(struct pg_batch *b, size_t statement, const struct pg_values *v,
    pg_answer_fn *answer, struct db_asker asker)
{
	struct pg_question *q = &b->question;

	assert(q->pg->open == q && statement < q->pg->o.statement_count);
	if (pg_question_add(q, answer, asker))
		send_statement(q, statement, v);
	else
		refuse_batch(q);
}

struct call *
pg_batch_send(
    struct pg_batch *b, void (*done)(void *arg, enum db_rc rc), void *arg)
{
	struct pg_question *q = &b->question;

	assert(q->pg->open == q);
	q->pg->open = NULL;
	q->done = done;
	q->arg = arg;
	return post(q);
}

/* -------------------------------------------------- coming and going */

static void
set_up(struct pg *pg, bool up)
{
	if (pg->up == up)
		return;
	pg->up = up;
	log_say(LOG_LINE_INFO, up ? "postgres-up" : "postgres-down",
	    pg->o.application);
	if (pg->o.state != NULL)
		pg->o.state(pg->o.arg, up);
	if (up && pg->when_up != NULL)
		pg->when_up(pg->when_up_arg);
}

static void
on_ready(void *arg, enum db_rc rc)
{
	struct pg *pg = arg;

	if (pg->closing)
		return;
	if (rc != DB_OK) {
		pg_link_break(pg->link, "could not be set up");
		return;
	}
	pg_link_settled(pg->link);
	set_up(pg, true);
}

/* Limits below ours: the server gives up first, and the connection stays. */
static bool
send_settings(PGconn *c, int64_t answer_ms)
{
	struct pg_values v = { 0 };

	pg_integer(&v, answer_ms * 3 / 4);
	pg_integer(&v, answer_ms / 2);
	return PQsendQueryParams(c, sql_settings, v.count, NULL, v.value,
		   v.length, v.format, 0) == 1;
}

static bool
send_listen(PGconn *c, const char *channel)
{
	char sql[96];
	int len = snprintf(sql, sizeof sql, "LISTEN %s", channel);

	assert(len > 0 && (size_t)len < sizeof sql);
	return PQsendQueryParams(c, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static void
on_connected(void *arg)
{
	struct pg *pg = arg;
	PGconn *c = pg_link_conn(pg->link);
	struct pg_question *q = begin(pg);
	const struct db_asker nobody = { 0 };
	bool sent;

	if (q == NULL) {
		pg_link_break(pg->link, "out of memory");
		return;
	}
	q->refused = false;
	(void)pg_question_add(q, NULL, nobody);
	sent = send_settings(c, pg->o.answer_ms);
	for (size_t i = 0; i < pg->o.statement_count && sent; i++) {
		const struct pg_statement *s = &pg->o.statements[i];

		sent = PQsendPrepare(c, s->name, s->sql, 0, NULL) == 1 &&
		       pg_question_add(q, NULL, nobody);
	}
	if (sent && pg->o.listen != NULL)
		sent = send_listen(c, pg->o.listen) &&
		       pg_question_add(q, NULL, nobody);
	if (!sent)
		pg_link_break(pg->link, PQerrorMessage(c));
	q->done = on_ready;
	q->arg = pg;
	post(q);
}

static void
on_lost(void *arg)
{
	struct pg *pg = arg;

	loop_cancel(pg->limit);
	pg->limit = NULL;
	set_up(pg, false);
	tell_down(pg, &pg->sent);
}

struct pg *
pg_open(struct event_base *base, const struct pg_options *o)
{
	struct pg *pg = xcalloc(1, sizeof *pg);

	pg->o = *o;
	if (o->answer_ms == 0)
		pg->o.answer_ms = PG_ANSWER_MS;
	pg->base = base;
	STAILQ_INIT(&pg->sent);
	STAILQ_INIT(&pg->refused);
	pg->link = pg_link_open(
	    base, &(struct pg_link_options){ .conninfo = o->conninfo,
		      .application = o->application,
		      .answer_ms = pg->o.answer_ms,
		      .connected = on_connected,
		      .readable = on_readable,
		      .lost = on_lost,
		      .arg = pg });
	return pg;
}

void
pg_close(struct pg *pg)
{
	if (pg == NULL)
		return;
	assert(!pg->telling);
	pg->closing = true;
	pg->up = false; /* from now on questions are refused */
	while (!STAILQ_EMPTY(&pg->sent) || !STAILQ_EMPTY(&pg->refused)) {
		tell_down(pg, &pg->sent);
		tell_down(pg, &pg->refused);
	}
	loop_cancel(pg->limit);
	loop_cancel(pg->refusal);
	pg_link_close(pg->link);
	free(pg);
}

size_t
pg_waiting(const struct pg *pg)
{
	return pg->waiting;
}

void
pg_when_up(struct pg *pg, void (*up)(void *arg), void *arg)
{
	pg->when_up = up;
	pg->when_up_arg = arg;
}

bool
pg_up(const struct pg *pg)
{
	return pg->up;
}
