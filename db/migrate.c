/*
 * A connection of its own, blocking: this runs before a server serves, or
 * instead of one. What was applied is never applied again, and must be what
 * this program has: a file that was changed afterwards is an error here.
 */
#include "db/migrate.h"

#include "db/schema.h"

#include <libpq-fe.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Any number, the same for all: "koshin" on a telephone. */
#define LOCK_SQL "SELECT pg_advisory_lock(567446)"
#define CHECK_TIMEOUT_S "5"

static const char start_sql[] =
    "SET client_min_messages = warning;"
    "CREATE SCHEMA IF NOT EXISTS koshin;"
    "CREATE TABLE IF NOT EXISTS koshin.migration ("
    " version integer PRIMARY KEY,"
    " name text NOT NULL,"
    " digest text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now())";

struct run {
	PGconn *conn;
	struct migrate_report *report;
};

static int fail(struct run *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(struct run *run, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(run->report->error, sizeof run->report->error, format, list);
	va_end(list);
	return -1;
}

/* Says what the server said, on one line. */
static int
fail_as_told(struct run *run, const char *what)
{
	char told[400];

	snprintf(told, sizeof told, "%s", PQerrorMessage(run->conn));
	told[strcspn(told, "\n")] = '\0';
	return fail(run, "%s: %s", what, told);
}

static int
execute(struct run *run, const char *sql, const char *what)
{
	PGresult *r = PQexec(run->conn, sql);
	ExecStatusType status = PQresultStatus(r);

	PQclear(r);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		return fail_as_told(run, what);
	return 0;
}

int
migrate_known(void)
{
	return (int)schema_count;
}

/* How many are there; each must be the one that we have. */
static int
compare(struct run *run)
{
	PGresult *r = PQexec(run->conn,
	    "SELECT name, digest FROM koshin.migration ORDER BY version");
	int found = PQntuples(r), rc = 0;

	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		rc = fail_as_told(run, "cannot read koshin.migration");
	else if (found > migrate_known())
		rc = fail(run,
		    "the schema has version %d, this program knows %d: use a "
		    "newer program",
		    found, migrate_known());
	run->report->from = run->report->to = found;
	for (int i = 0; i < found && rc == 0; i++) {
		const char *values[] = { schema_files[i].sql,
			PQgetvalue(r, i, 1) };
		PGresult *same = PQexecParams(run->conn,
		    "SELECT encode(sha256(convert_to($1::text, 'UTF8')),"
		    " 'hex') = $2::text",
		    2, NULL, values, NULL, NULL, 0);

		if (PQresultStatus(same) != PGRES_TUPLES_OK)
			rc = fail_as_told(run, "cannot compare digests");
		else if (PQgetvalue(same, 0, 0)[0] != 't')
			rc = fail(run,
			    "migration %s was applied with another text than "
			    "this program has",
			    PQgetvalue(r, i, 0));
		PQclear(same);
	}
	PQclear(r);
	return rc;
}

static int
note(struct run *run, int version)
{
	const struct schema_file *file = &schema_files[version - 1];
	char number[16];
	const char *values[] = { number, file->name, file->sql };
	PGresult *r;
	bool noted;

	snprintf(number, sizeof number, "%d", version);
	r = PQexecParams(run->conn,
	    "INSERT INTO koshin.migration (version, name, digest) VALUES"
	    " ($1::int, $2::text,"
	    " encode(sha256(convert_to($3::text, 'UTF8')), 'hex'))",
	    3, NULL, values, NULL, NULL, 0);
	noted = PQresultStatus(r) == PGRES_COMMAND_OK;
	PQclear(r);
	return noted ? 0 : fail_as_told(run, file->name);
}

static int
commit(struct run *run, const char *what)
{
	PGresult *r = PQexec(run->conn, "COMMIT");
	/* After an error COMMIT says OK, and that it rolled back. */
	bool done = strcmp(PQcmdStatus(r), "COMMIT") == 0;

	PQclear(r);
	return done ? 0 : fail_as_told(run, what);
}

static int
apply(struct run *run, int version)
{
	const struct schema_file *file = &schema_files[version - 1];

	if (execute(run, "BEGIN", file->name) != 0)
		return -1;
	if (execute(run, file->sql, file->name) != 0 ||
	    note(run, version) != 0 || commit(run, file->name) != 0) {
		PQclear(PQexec(run->conn, "ROLLBACK"));
		return -1;
	}
	run->report->to = version;
	return 0;
}

static int
run_all(struct run *run)
{
	if (PQstatus(run->conn) != CONNECTION_OK)
		return fail_as_told(run, "cannot connect");
	if (PQsetClientEncoding(run->conn, "UTF8") != 0 ||
	    execute(run, LOCK_SQL, "cannot lock") != 0 ||
	    execute(run, start_sql, "cannot begin") != 0 || compare(run) != 0)
		return -1;
	for (int v = run->report->from + 1; v <= migrate_known(); v++)
		if (apply(run, v) != 0)
			return -1;
	return 0;
}

int
migrate_run(const char *owner_conninfo, struct migrate_report *report)
{
	struct run run = { .report = report };
	int rc;

	memset(report, 0, sizeof *report);
	run.conn = PQconnectdb(owner_conninfo);
	rc = run_all(&run);
	PQfinish(run.conn);
	return rc;
}

/* ------------------------------------------------------- check at start */

static int
judge(PGconn *conn, struct fault *why)
{
	PGresult *r = PQexec(conn,
	    "SELECT coalesce(max(version), 0),"
	    " current_setting('synchronous_commit') FROM koshin.migration");
	int version = 0, rc = -1;

	if (PQresultStatus(r) != PGRES_TUPLES_OK) {
		fault_set(why,
		    "the database has no schema of this program (run "
		    "`koshin init`): %s",
		    PQerrorMessage(conn));
		goto out;
	}
	version = (int)strtol(PQgetvalue(r, 0, 0), NULL, 10);
	if (version != migrate_known())
		fault_set(why,
		    "the schema has version %d, this program needs %d%s",
		    version, migrate_known(),
		    version < migrate_known() ? ": run `koshin init`" : "");
	else if (strcmp(PQgetvalue(r, 0, 1), "off") == 0)
		fault_set(why,
		    "synchronous_commit is off: what was answered could be "
		    "lost; set it to on");
	else
		rc = 0;
out:
	PQclear(r);
	return rc;
}

int
migrate_check(const char *conninfo, struct fault *why)
{
	const char *const keys[] = { "connect_timeout", "dbname", NULL };
	const char *const values[] = { CHECK_TIMEOUT_S, conninfo, NULL };
	PGconn *conn = PQconnectdbParams(keys, values, 1);
	int rc = -1;

	if (PQstatus(conn) != CONNECTION_OK)
		fault_set(why, "cannot connect: %s", PQerrorMessage(conn));
	else
		rc = judge(conn, why);
	if (rc != 0)
		why->text[strcspn(why->text, "\n")] = '\0';
	PQfinish(conn);
	return rc;
}
