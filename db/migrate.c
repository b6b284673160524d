/*
 * A connection of its own, blocking: this runs before a server serves, or
 * instead of one. What was applied is never applied again, and must be what
 * this program has: a file that was changed afterwards is an error here.
 */
#include "db/migrate.h"

#include "base/digest.h"
#include "db/conninfo.h"
#include "db/pg.h"
#include "db/schema.h"
#include "db/sql.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Any number, the same for all: "koshin" on a telephone. */
#define LOCK_SQL "SELECT pg_advisory_lock(567446)"
#define CHECK_TIMEOUT_S "5"

static const char applied_sql[] =
    "SELECT * FROM koshin.migration WHERE version > 0 ORDER BY version";

struct run {
	PGconn *conn;
	struct migrate_report *report;
	struct fault *why;
};

/* Says what the server said, on one line. */
static bool
fail_as_told(const struct run *run, const char *what)
{
	const char *told = PQerrorMessage(run->conn);

	return fault_set(
	    run->why, "%s: %.*s", what, (int)strcspn(told, "\n"), told);
}

static bool
execute(const struct run *run, const char *sql, const char *what)
{
	PGresult *r = PQexec(run->conn, sql);
	ExecStatusType status = PQresultStatus(r);

	PQclear(r);
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	       fail_as_told(run, what);
}

int
migrate_known(void)
{
	return (int)schema_count;
}

/* Of its text, in hexadecimal. */
static void
write_digest(const struct schema_file *file, char hex[DIGEST_HEX_SIZE])
{
	struct digest digest = digest_of(file->sql, strlen(file->sql));

	digest_write(&digest, hex);
}

/* Is migration `version` in the database the one that we have? */
static bool
compare_one(
    const struct run *run, int version, const char *name, const char *digest)
{
	char ours[DIGEST_HEX_SIZE];

	write_digest(&schema_files[version - 1], ours);
	/* Its data cannot be kept: no way leads from there to here. */
	return strcmp(ours, digest) == 0 ||
	       fault_set(run->why,
		   "the database was made by another development version of "
		   "this program (migration %s has another text): drop it, "
		   "make an empty one and run `koshin init`; after `make "
		   "run`, `make clean-run` does it",
		   name);
}

/* Which one is the newest there; each that we know must be ours. */
static bool
compare(const struct run *run, const char *unreadable)
{
	PGresult *r = PQexec(run->conn, applied_sql);
	bool good = PQresultStatus(r) == PGRES_TUPLES_OK ||
		    fail_as_told(run, unreadable);
	int newest = 0;

	for (int i = 0; i < PQntuples(r) && good; i++) {
		newest = (int)pg_get_integer(r, i, pg_column(r, "version"));
		if (newest <= migrate_known())
			good = compare_one(run, newest,
			    PQgetvalue(r, i, pg_column(r, "name")),
			    PQgetvalue(r, i, pg_column(r, "digest")));
	}
	PQclear(r);
	run->report->from = run->report->to = newest;
	if (good && newest > migrate_known())
		good = fault_set(run->why,
		    "the schema has version %d, this program needs %d: use a "
		    "newer program",
		    newest, migrate_known());
	return good;
}

static bool
note(const struct run *run, int version)
{
	const struct schema_file *file = &schema_files[version - 1];
	char number[16], digest[DIGEST_HEX_SIZE];
	const char *values[] = { number, file->name, digest };
	PGresult *r;
	bool noted;

	snprintf(number, sizeof number, "%d", version);
	write_digest(file, digest);
	r = PQexecParams(run->conn,
	    "INSERT INTO koshin.migration VALUES ($1, $2, $3)", 3, NULL, values,
	    NULL, NULL, 0);
	noted = PQresultStatus(r) == PGRES_COMMAND_OK;
	PQclear(r);
	return noted || fail_as_told(run, file->name);
}

static bool
commit(const struct run *run, const char *what)
{
	PGresult *r = PQexec(run->conn, "COMMIT");
	/* After an error COMMIT says OK, and that it rolled back. */
	bool done = strcmp(PQcmdStatus(r), "COMMIT") == 0;

	PQclear(r);
	return done || fail_as_told(run, what);
}

static bool
apply(const struct run *run, int version)
{
	const struct schema_file *file = &schema_files[version - 1];

	if (!execute(run, "BEGIN", file->name))
		return false;
	if (!execute(run, file->sql, file->name) || !note(run, version) ||
	    !commit(run, file->name)) {
		PQclear(PQexec(run->conn, "ROLLBACK"));
		return false;
	}
	run->report->to = version;
	return true;
}

/* Nothing for everybody; what is left is in the report. */
static bool
withhold(const struct run *run)
{
	PGresult *r = PQexec(run->conn, sql_withhold);
	bool done = PQresultStatus(r) == PGRES_TUPLES_OK &&
		    pg_get_text(r, 0, pg_column(r, "left_to_everybody"),
			run->report->left, sizeof(run->report->left));

	PQclear(r);
	return done || fail_as_told(run, "cannot take back what is PUBLIC's");
}

static bool
run_all(const struct run *run)
{
	if (PQstatus(run->conn) != CONNECTION_OK)
		return fail_as_told(run, "cannot connect");
	if (!conninfo_check_begun(run->conn, run->why))
		return false;
	if (PQsetClientEncoding(run->conn, "UTF8") != 0 ||
	    !execute(run, LOCK_SQL, "cannot lock") ||
	    !execute(run, sql_migrations, "cannot begin") ||
	    !compare(run, "cannot read koshin.migration"))
		return false;
	for (int v = run->report->from + 1; v <= migrate_known(); v++)
		if (!apply(run, v))
			return false;
	return withhold(run);
}

int
migrate_run(const char *owner_conninfo, struct migrate_report *report,
    struct fault *why)
{
	struct run run = { .report = report, .why = why };
	int rc;

	memset(report, 0, sizeof *report);
	run.conn = PQconnectdb(owner_conninfo);
	rc = run_all(&run) ? 0 : -1;
	PQfinish(run.conn);
	return rc;
}

/* ------------------------------------------------------- check at start */

/* A role or a database may have its own setting. */
static bool
check_durability(const struct run *run)
{
	const char *commit_is = "SHOW synchronous_commit";
	PGresult *r = PQexec(run->conn, commit_is);
	bool good = PQresultStatus(r) == PGRES_TUPLES_OK ||
		    fail_as_told(run, commit_is);

	if (good && strcmp(PQgetvalue(r, 0, 0), "off") == 0)
		good = fault_set(run->why,
		    "synchronous_commit is off: what was answered could be "
		    "lost; set it to on");
	PQclear(r);
	return good;
}

static bool
judge(const struct run *run)
{
	if (PQstatus(run->conn) != CONNECTION_OK)
		return fail_as_told(run, "cannot connect");
	if (!conninfo_check_begun(run->conn, run->why))
		return false;
	if (!compare(run,
		"the database has no schema of this program (run `koshin "
		"init`)"))
		return false;
	if (run->report->to < migrate_known())
		return fault_set(run->why,
		    "the schema has version %d, this program needs %d: run "
		    "`koshin init`",
		    run->report->to, migrate_known());
	return check_durability(run);
}

int
migrate_check(const char *conninfo, struct fault *why)
{
	const char *const keys[] = { "connect_timeout", "dbname", NULL };
	const char *const values[] = { CHECK_TIMEOUT_S, conninfo, NULL };
	struct migrate_report report;
	struct run run = { PQconnectdbParams(keys, values, 1), &report, why };
	int rc = judge(&run) ? 0 : -1;

	PQfinish(run.conn);
	return rc;
}
