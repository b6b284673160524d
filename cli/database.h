/*
 * database - PostgreSQL for the command line, with the role of its conninfo:
 * blocking, values as parameters only, errors in words.
 */
#ifndef CLI_DATABASE_H
#define CLI_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/people_sql.h"

struct database;
struct pg_result;

/* No password in the environment. False, and it has been said. */
bool database_environment(void);

/* NULL, and the reason with what to do has been said. */
struct database *database_open(const char *conninfo);
void database_close(struct database *); /* NULL is fine */

/*
 * Asks, and keeps the answer until the next question. As many parameters are
 * read as the text has; NULL is null. False, and why has been said.
 */
bool database_ask(
    struct database *, const char *sql, const char *const *parameters);
#define DATABASE_ASK(database, sql, ...)                                       \
	database_ask(database, sql, (const char *const[]){ __VA_ARGS__ })
/*
 * The same in two halves, so that PostgreSQL works on the next answer while
 * this one is being read: asks ahead, and the answer of before stays until
 * database_take() puts the next one in its place. Nothing else is asked
 * between; all that is asked ahead has one text. False, and why has been said.
 */
bool database_ask_ahead(
    struct database *, const char *sql, const char *const *parameters);
bool database_take(struct database *);
/* database_ask() with a question of db/people_sql.h. */
bool database_do(struct database *, const struct people_sql_question *);
/*
 * Several questions, all or none. What was begun is kept by database_commit()
 * only; closing the database undoes it. False: it has been said.
 */
bool database_begin(struct database *);
bool database_commit(struct database *);
/* What was begun and not committed; nothing is fine. False, and nothing is
 * said: the connection is gone. */
bool database_undo(struct database *);
/* For a reader of db/. Lives until the next question. */
const struct pg_result *database_answer(const struct database *);

/* Of the last answer. */
size_t database_rows(const struct database *);
/* By the names of the columns. NULL for null. Lives until the next question. */
const char *database_text(
    const struct database *, size_t row, const char *column);
/* 0 for null. */
int64_t database_number(
    const struct database *, size_t row, const char *column);
bool database_switch(const struct database *, size_t row, const char *column);
/* The only value of an answer, as a function of the schema gives it. */
int64_t database_count(const struct database *);
bool database_said(const struct database *);

#endif
