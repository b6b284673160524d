#include "tests/lib/db_test.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "db/migrate.h"

#include "tests/lib/test.h"

#include <event2/event.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OWNER "postgres"
#define LIMIT_US 60000000

struct event_base *db_base;

static PGconn *owner;
static char conninfos[8][512];
static char value[16384];

const char *
db_as(const char *role)
{
	const char *where = getenv("KOSHIN_TEST_DB");

	if (where == NULL)
		fail_msg("KOSHIN_TEST_DB is not set");
	for (size_t i = 0; i < COUNT(conninfos); i++) {
		char wanted[512];

		snprintf(wanted, sizeof wanted, "%s user=%s", where, role);
		if (conninfos[i][0] == '\0')
			memcpy(conninfos[i], wanted, sizeof wanted);
		if (strcmp(conninfos[i], wanted) == 0)
			return conninfos[i];
	}
	fail_msg("too many roles");
	return NULL;
}

int
db_begin(void **state)
{
	struct migrate_report report;
	struct fault why;

	(void)state;
	log_open("test", LOG_LINE_ERROR);
	if (migrate_run(db_as(OWNER), &report, &why) != 0) {
		print_error("%s\n", why.text);
		return -1;
	}
	owner = PQconnectdb(db_as(OWNER));
	PQclear(PQexec(owner, "SET client_min_messages = warning"));
	db_base = loop_new();
	return PQstatus(owner) == CONNECTION_OK ? 0 : -1;
}

int
db_end(void **state)
{
	(void)state;
	PQfinish(owner);
	event_base_free(db_base);
	return 0;
}

static void
run(const char *format, va_list list)
{
	char sql[4096];
	PGresult *r;
	ExecStatusType status;

	vsnprintf(sql, sizeof sql, format, list);
	r = PQexec(owner, sql);
	status = PQresultStatus(r);
	value[0] = '\0';
	if (status == PGRES_TUPLES_OK && PQntuples(r) > 0)
		snprintf(value, sizeof value, "%s", PQgetvalue(r, 0, 0));
	PQclear(r);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(owner));
}

void
db_do(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	run(format, list);
	va_end(list);
}

const char *
db_get(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	run(format, list);
	va_end(list);
	return value;
}

int64_t
db_get_number(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	run(format, list);
	va_end(list);
	return strtoll(value, NULL, 10);
}

int64_t
db_new_account(void)
{
	db_do("INSERT INTO koshin.contract (number)"
	      " SELECT lpad((count(*) + 1)::text, 8, '0')"
	      " FROM koshin.contract");
	return db_get_number(
	    "INSERT INTO koshin.account (user_id, contract, role, name,"
	    " email, locale, password_hash)"
	    " SELECT 'user' || number, number, 'master', U&'\\5C71\\7530',"
	    " 'user@example.jp', 'ja', '$argon2id$v=19$test'"
	    " FROM koshin.contract ORDER BY number DESC LIMIT 1"
	    " RETURNING id");
}

void
db_wait(const bool *flag)
{
	int64_t end = clock_mono_us() + LIMIT_US;

	while (!*flag && clock_mono_us() < end) {
		event_base_loop(db_base, EVLOOP_NONBLOCK);
		usleep(500);
	}
	if (!*flag)
		fail_msg("nothing happened");
}

void
db_run_ms(int64_t ms)
{
	int64_t end = clock_mono_us() + ms * 1000;

	while (clock_mono_us() < end) {
		event_base_loop(db_base, EVLOOP_NONBLOCK);
		usleep(500);
	}
}
