#include "tests/db/asker.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <string.h>

struct pg *asker_pg;
unsigned asker_answers;
unsigned asker_rung;
unsigned asker_ups;

static const struct pg_statement statements[] = {
	[ASKER_ECHO] = { "echo", "SELECT $1::int" },
	[ASKER_DIVIDE] = { "divide", "SELECT 1 / $1::int" },
	[ASKER_SLEEP] = { "sleep", "SELECT pg_sleep($1::int / 1000.0)" },
	[ASKER_PID] = { "pid", "SELECT pg_backend_pid()" },
	[ASKER_INSERT] = { "insert", "INSERT INTO scratch VALUES ($1::int)" },
	[ASKER_FIND] = { "find", "SELECT id FROM scratch WHERE id = $1::int" },
	[ASKER_BYTES] = { "bytes", "SELECT $1::bytea" },
	[ASKER_READ_ONLY] = { "read_only",
	    "SELECT set_config('default_transaction_read_only', 'on',"
	    " false)" },
};

static void
on_notified(void *arg)
{
	(void)arg;
	asker_rung++;
}

static void
on_state(void *arg, bool up)
{
	(void)arg;
	asker_ups += up;
}

struct pg *
asker_open(const char *conninfo)
{
	return pg_open(db_base, &(struct pg_options){ .conninfo = conninfo,
				    .application = "koshin test",
				    .statements = statements,
				    .statement_count = COUNT(statements),
				    .waiting_max = ASKER_WAITING_MAX,
				    .listen = "scratch_bell",
				    .notified = on_notified,
				    .state = on_state });
}

void
asker_wait_up(const struct pg *p)
{
	for (int i = 0; i < 6000 && !pg_up(p); i++)
		db_run_ms(10);
	assert_true(pg_up(p));
}

int
asker_begin_group(void **state)
{
	if (db_begin(state) != 0)
		return -1;
	db_do("CREATE TABLE IF NOT EXISTS scratch (id int PRIMARY KEY)");
	db_do("DROP ROLE IF EXISTS scratch_stranger");
	db_do("CREATE ROLE scratch_stranger LOGIN");
	/* To be let in; of the scratch table it has no right. */
	db_do("GRANT koshin_sealer TO scratch_stranger");
	return 0;
}

int
asker_begin(void **state)
{
	(void)state;
	asker_answers = asker_rung = asker_ups = 0;
	db_do("TRUNCATE scratch");
	asker_pg = asker_open(db_as("postgres"));
	asker_wait_up(asker_pg);
	return 0;
}

int
asker_end(void **state)
{
	(void)state;
	pg_close(asker_pg);
	return 0;
}

static void
hear(struct asker_heard *h, enum db_rc rc)
{
	h->came = true;
	h->times++;
	h->rc = rc;
	h->place = asker_answers++;
}

static void
on_answer(const struct db_asker *a, enum db_rc rc, const PGresult *row)
{
	struct asker_heard *h = a->arg;

	hear(h, rc);
	assert_int_equal(rc == DB_OK, row != NULL);
	if (rc == DB_OK && PQntuples(row) == 1)
		h->value = pg_get_integer(row, 0, 0);
}

void
asker_done(void *arg, enum db_rc rc)
{
	hear(arg, rc);
}

struct call *
asker_ask_of(struct pg *p, enum asker_statement statement, int64_t value,
    struct asker_heard *h)
{
	struct pg_values v = { 0 };
	struct call *call;

	memset(h, 0, sizeof *h);
	pg_integer(&v, value);
	if (statement == ASKER_PID || statement == ASKER_READ_ONLY)
		v.count = 0;
	call = pg_ask(p, statement, &v, on_answer, DB_ASKER(NULL, NULL, h));
	assert_int_equal(h->times, 0); /* never before it has returned */
	return call;
}

struct call *
asker_ask(enum asker_statement statement, int64_t value, struct asker_heard *h)
{
	return asker_ask_of(asker_pg, statement, value, h);
}

enum db_rc
asker_answer(enum asker_statement statement, int64_t value)
{
	struct asker_heard h;

	asker_ask(statement, value, &h);
	db_wait(&h.came);
	return h.rc;
}

int64_t
asker_backend(void)
{
	struct asker_heard h;

	asker_ask(ASKER_PID, 0, &h);
	db_wait(&h.came);
	assert_int_equal(h.rc, DB_OK);
	return h.value;
}

void
asker_add(struct pg_batch *b, enum asker_statement statement, int64_t value,
    struct asker_heard *h)
{
	struct pg_values v = { 0 };

	memset(h, 0, sizeof *h);
	pg_integer(&v, value);
	pg_batch_add(b, statement, &v, on_answer, DB_ASKER(NULL, NULL, h));
}
