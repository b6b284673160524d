#include "cli/database.h"

#include "base/xalloc.h"

#include <assert.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "db/migrate.h"

struct database {
	PGconn *conn;
	PGresult *answer;
	const char *prepared; /* what is asked ahead again and again */
};

/* What a broken rule of the schema means in words. */
static const struct {
	const char *rule, *words;
} rules[] = {
	{ "contract_pkey", "number: is taken; choose another" },
	{ "account_user_id_key", "user ID: is taken; choose another" },
	{ "account_one_master",
	    "role: the contract has a master user already" },
	{ "account_contract_fkey", "contract: not found" },
};

/* ps and /proc show it to others. */
bool
database_environment(void)
{
	if (getenv("PGPASSWORD") == NULL)
		return true;
	return command_say(
	    "PGPASSWORD is set; a secret in the environment is seen "
	    "by others. Unset it and put the password into a file of "
	    "mode 0600, named with passfile= in the database setting");
}

static PGconn *
connect_to(const char *conninfo)
{
	/* What `conninfo` says goes before what is said here. */
	const char *const keys[] = { "connect_timeout", "application_name",
		"client_encoding", "options", "dbname", NULL };
	const char *const values[] = { "5", "koshin command line", "UTF8",
		"-c statement_timeout=30000 -c lock_timeout=10000 -c jit=off",
		conninfo, NULL };

	return PQconnectdbParams(keys, values, 1);
}

static void
say_error(const char *what, const char *error)
{
	char first[512];

	snprintf(first, sizeof(first), "%s", error);
	first[strcspn(first, "\n")] = '\0';
	command_say("%s%s", what, first);
}

struct database *
database_open(const char *conninfo)
{
	struct database *d;
	struct fault why;

	if (!database_environment())
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->conn = connect_to(conninfo);
	if (PQstatus(d->conn) != CONNECTION_OK) {
		say_error("PostgreSQL: ", PQerrorMessage(d->conn));
		command_say("is the server running, and does database.operator "
			    "in the configuration name it?");
		database_close(d);
		return NULL;
	}
	if (migrate_check(conninfo, &why) != 0) {
		command_say("PostgreSQL: %s", why.text);
		database_close(d);
		return NULL;
	}
	return d;
}

void
database_close(struct database *d)
{
	if (d == NULL)
		return;
	PQclear(d->answer);
	PQfinish(d->conn);
	free(d);
}

/* Classes of SQLSTATE: P0002 is raised by our own functions. */
static void
say_refusal(const struct database *d)
{
	const char *state = PQresultErrorField(d->answer, PG_DIAG_SQLSTATE);
	const char *rule =
	    PQresultErrorField(d->answer, PG_DIAG_CONSTRAINT_NAME);
	const char *message =
	    PQresultErrorField(d->answer, PG_DIAG_MESSAGE_PRIMARY);

	for (size_t i = 0; rule != NULL && i < sizeof(rules) / sizeof(*rules);
	     i++)
		if (strcmp(rules[i].rule, rule) == 0) {
			command_say("%s", rules[i].words);
			return;
		}
	if (state != NULL && strcmp(state, "P0002") == 0)
		command_say("there is %s", message);
	else if (state != NULL &&
		 (strcmp(state, "KO001") == 0 || strcmp(state, "KO005") == 0))
		command_say("%s", message);
	else if (state != NULL && strcmp(state, "42501") == 0)
		command_say("the database does not let this role do that (%s); "
			    "database.operator must be koshin_operator, and "
			    "database.member koshin_member",
		    message);
	else
		say_error("PostgreSQL: ",
		    message != NULL ? message : PQerrorMessage(d->conn));
}

/* Counted by the text: a parameter in the middle may be NULL. */
static int
parameters_of(const char *sql)
{
	int count = 0;

	for (const char *at = strchr(sql, '$'); at != NULL;
	     at = strchr(at + 1, '$')) {
		int n = (int)strtol(at + 1, NULL, 10);

		count = n > count ? n : count;
	}
	return count;
}

static bool
keep_answer(struct database *d, PGresult *answer)
{
	ExecStatusType status = PQresultStatus(answer);

	PQclear(d->answer);
	d->answer = answer;
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return true;
	say_refusal(d);
	return false;
}

bool
database_ask(struct database *d, const char *sql, const char *const *parameters)
{
	return keep_answer(d, PQexecParams(d->conn, sql, parameters_of(sql),
				  NULL, parameters, NULL, NULL, 0));
}

/* Once for many questions of the same text: it is planned once as well. */
static bool
prepare(struct database *d, const char *sql)
{
	PGresult *done;

	if (d->prepared == sql)
		return true;
	assert(d->prepared == NULL);
	done = PQprepare(d->conn, "ahead", sql, parameters_of(sql), NULL);
	d->prepared = sql;
	return keep_answer(d, done);
}

bool
database_ask_ahead(
    struct database *d, const char *sql, const char *const *parameters)
{
	if (!prepare(d, sql))
		return false;
	if (PQsendQueryPrepared(d->conn, "ahead", parameters_of(sql),
		parameters, NULL, NULL, 0) == 1)
		return true;
	say_error("PostgreSQL: ", PQerrorMessage(d->conn));
	return false;
}

bool
database_take(struct database *d)
{
	PGresult *answer = PQgetResult(d->conn);

	PQclear(PQgetResult(d->conn)); /* the end of it */
	return keep_answer(d, answer);
}

bool
database_do(struct database *d, const struct people_sql_question *q)
{
	return database_ask(d, q->sql, q->parameter);
}

bool
database_begin(struct database *d)
{
	return database_ask(d, "BEGIN", NULL);
}

/* After an error COMMIT says that it rolled back, as a success. */
bool
database_commit(struct database *d)
{
	if (!database_ask(d, "COMMIT", NULL))
		return false;
	if (strcmp(PQcmdStatus(d->answer), "COMMIT") == 0)
		return true;
	return command_say(
	    "PostgreSQL: the change was undone; nothing was changed");
}

bool
database_undo(struct database *d)
{
	PGTransactionStatusType now = PQtransactionStatus(d->conn);

	if (now == PQTRANS_INTRANS || now == PQTRANS_INERROR)
		return database_ask(d, "ROLLBACK", NULL);
	return now == PQTRANS_IDLE;
}

const struct pg_result *
database_answer(const struct database *d)
{
	return d->answer;
}

size_t
database_rows(const struct database *d)
{
	return (size_t)PQntuples(d->answer);
}

static const char *
value_at(const struct database *d, size_t row, int column)
{
	if (PQgetisnull(d->answer, (int)row, column))
		return NULL;
	return PQgetvalue(d->answer, (int)row, column);
}

static int64_t
as_number(const char *text)
{
	return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static bool
as_switch(const char *text)
{
	return text != NULL && text[0] == 't';
}

/* PQfnumber() copies the name each time it is asked. */
const char *
database_text(const struct database *d, size_t row, const char *column)
{
	int at = 0;

	while (at < PQnfields(d->answer) &&
	       strcmp(PQfname(d->answer, at), column) != 0)
		at++;
	assert(at < PQnfields(d->answer));
	return value_at(d, row, at);
}

int64_t
database_number(const struct database *d, size_t row, const char *column)
{
	return as_number(database_text(d, row, column));
}

bool
database_switch(const struct database *d, size_t row, const char *column)
{
	return as_switch(database_text(d, row, column));
}

int64_t
database_count(const struct database *d)
{
	return as_number(value_at(d, 0, 0));
}

bool
database_said(const struct database *d)
{
	return as_switch(value_at(d, 0, 0));
}
