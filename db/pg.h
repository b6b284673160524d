/*
 * pg - one PostgreSQL connection on an event loop, in pipeline mode.
 *
 * Owns:    the connection; rebuilds it by itself with back-off.
 * Waits:   never. Every question is answered exactly once, later (call.h).
 * Fails:   DB_NONE when a SELECT gave no row, or a function found none (P0002);
 *          DB_LIMIT (KO001); DB_DOWN while there is no
 *          connection, when it is lost or the answer takes longer than the
 *          limit; DB_CONFLICT for unique and exclusion violations (23505,
 *          23P01), serialization failures (40001) and deadlocks (40P01). Any
 *          other error is DB_DOWN and logged with its SQLSTATE.
 * Repeat:  after DB_DOWN it is unknown whether a statement ran; statements
 *          given to it are safe to send twice.
 *
 * A question is one or more prepared statements and one sync: they run in one
 * implicit transaction, and an error stays with its question.
 */
#ifndef DB_PG_H
#define DB_PG_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/call.h"
#include "base/must.h"
#include "db/asker.h"
#include "db/rc.h"

struct event_base;
struct pg;

struct pg_statement {
	const char *name; /* of the prepared statement */
	const char *sql;  /* parameters with casts: $1::bytea */
};

enum {
	PG_ANSWER_MS = 900 /* a client hears 503 within a second (I-9) */
};

struct pg_options {
	const char *conninfo;	 /* of one role; a socket or hostaddr */
	const char *application; /* application_name, e.g. "koshin front" */
	const struct pg_statement *statements; /* prepared on connecting */
	size_t statement_count;
	int64_t answer_ms;  /* limit of one question; 0: PG_ANSWER_MS */
	size_t waiting_max; /* questions in flight: 1024 */
	const char *listen; /* channel to LISTEN on, or NULL */
	void (*notified)(void *arg); /* something came on that channel */
	void (*state)(
	    void *arg, bool up); /* connection came or went; or NULL */
	void *arg;
};

/* The options are copied, what they point to must outlive the connection. */
struct pg *pg_open(struct event_base *, const struct pg_options *);
/* Open questions are answered DB_DOWN first. Not from inside a callback. */
void pg_close(struct pg *);
bool pg_up(const struct pg *);
/* `up(arg)` is called each time the connection has come; NULL: no more. */
void pg_when_up(struct pg *, void (*up)(void *arg), void *arg);
/* Questions that have no answer yet, also those that nobody waits for. */
size_t pg_waiting(const struct pg *);

/*
 * Parameters of one statement, all in binary or text form as the adders say.
 * Bytes are kept by pointer until pg_ask() returns (libpq copies them out).
 */
#define PG_VALUES_MAX 24
struct pg_values {
	int count;
	const char *value[PG_VALUES_MAX];
	int length[PG_VALUES_MAX];
	int format[PG_VALUES_MAX];
	char room[PG_VALUES_MAX][24]; /* numbers live here */
};
void pg_null(struct pg_values *);
void pg_text(struct pg_values *, const char *text); /* NULL: SQL NULL */
void pg_bytes(struct pg_values *, const void *bytes, size_t len);
void pg_integer(struct pg_values *, int64_t value); /* for ::bigint, ::int */
void pg_bool(struct pg_values *, bool value);
void pg_time(
    struct pg_values *, int64_t unix_s); /* for to_timestamp($n::bigint) */

/* `row` is NULL unless rc is DB_OK; it lives for the call. */
typedef void pg_answer_fn(
    const struct db_asker *, enum db_rc rc, const PGresult *row);

/* `statement` is an index into the options' table; no values: NULL. NULL where
 * there is no memory: nobody is called (F-59). */
struct call *pg_ask(struct pg *, size_t statement, const struct pg_values *,
    pg_answer_fn *answer, struct db_asker asker);

/* Answers for an asker who hears (arg, rc), whatever the row says; */
void pg_tell_done(const struct db_asker *, enum db_rc, const PGresult *);
/* or (arg, rc, what the first column says; false unless rc is DB_OK). */
void pg_tell_bool(const struct db_asker *, enum db_rc, const PGresult *);

/*
 * Several statements under one sync: all or nothing. Each add may have an
 * answer of its own, called in order once the sync has come, so that DB_OK
 * means committed; when one fails, all of the batch hear the same rc. A batch
 * is written in one go: nothing else is asked of `pg` between new and send.
 */
struct pg_batch;
/* NULL: no memory. Where it runs out later, those of the batch for whom there
 * was none are not called, and `done` hears DB_DOWN. */
struct pg_batch *pg_batch_new(struct pg *);
void pg_batch_add(struct pg_batch *, size_t statement, const struct pg_values *,
    pg_answer_fn *answer, struct db_asker asker);
/* Sends it; `done` hears the outcome of the whole last. Frees the batch. */
struct call *pg_batch_send(
    struct pg_batch *, void (*done)(void *arg, enum db_rc rc), void *arg);

/*
 * Where columns stand, by their names; for the first answer of a statement,
 * later ones are alike. A name that is not there is a fault of the program.
 */
void pg_find_columns(
    const PGresult *, const char *const *names, size_t count, int *at);

/* The same for one, by its name. */
int pg_column(const PGresult *, const char *name);

/* Reading a row of a text-format result. */
bool pg_is_null(const PGresult *, int row, int column);
int64_t pg_get_integer(const PGresult *, int row, int column); /* NULL: 0 */
bool pg_get_bool(const PGresult *, int row, int column);
/* False if it is longer than `size` - 1; NULL gives "". */
MUST_CHECK bool pg_get_text(
    const PGresult *, int row, int column, char *out, size_t size);
/* bytea in hex form. False unless it fits; the length goes to *len. */
MUST_CHECK bool pg_get_bytes(
    const PGresult *, int row, int column, void *out, size_t size, size_t *len);

#endif
