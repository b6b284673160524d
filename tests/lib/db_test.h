/*
 * db_test - what the tests of db/ share: a real database, looked at by its
 * owner, and a loop that runs until something has happened.
 *
 * KOSHIN_TEST_DB is a conninfo without a user, for an own database in a
 * cluster where everybody is trusted; tests/server/db makes one.
 */
#ifndef TESTS_LIB_DB_TEST_H
#define TESTS_LIB_DB_TEST_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;

extern struct event_base *db_base; /* of the group */

/* Group set-up and tear-down: schema, owner's connection, loop. */
int db_begin(void **state);
int db_end(void **state);

/* The conninfo for that role; lives until the end. */
const char *db_as(const char *role);

/* As the owner. `db_get` gives the first value as text; lives until next. */
void db_do(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *db_get(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
int64_t db_get_number(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* A new contract with an active account; its id. */
int64_t db_new_account(void);

/* Runs the loop until *flag, at most five seconds; then the test fails. */
void db_wait(const bool *flag);
/* Runs the loop that long. */
void db_run_ms(int64_t ms);

#endif
