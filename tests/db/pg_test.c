/* LINK: db/pg.c db/pg_link.c db/pg_question.c db/pg_values.c db/migrate.c db/schema.c base/clock.c base/log.c base/loop.c tests/lib/db_test.c */
#include "db/pg.h"

#include "base/clock.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define ANSWER_MS 600

enum statement {
	ECHO,
	DIVIDE,
	SLEEP,
	PID,
	INSERT,
	FIND,
	BYTES,
	READ_ONLY
};

static const struct pg_statement statements[] = {
	[ECHO] = { "echo", "SELECT $1::int" },
	[DIVIDE] = { "divide", "SELECT 1 / $1::int" },
	[SLEEP] = { "sleep", "SELECT pg_sleep($1::int / 1000.0)" },
	[PID] = { "pid", "SELECT pg_backend_pid()" },
	[INSERT] = { "insert", "INSERT INTO scratch VALUES ($1::int)" },
	[FIND] = { "find", "SELECT id FROM scratch WHERE id = $1::int" },
	[BYTES] = { "bytes", "SELECT $1::bytea" },
	[READ_ONLY] = { "read_only",
	    "SELECT set_config('default_transaction_read_only', 'on',"
	    " false)" },
};

/* One question and what was heard. */
struct heard {
	bool came;
	unsigned times;
	unsigned place; /* of this answer among all */
	enum db_rc rc;
	int64_t value;
	char hex[32];
};

static struct pg *pg;
static unsigned answers;
static unsigned rung;
static unsigned ups;

static void
on_notified(void *arg)
{
	(void)arg;
	rung++;
}

static void
on_state(void *arg, bool up)
{
	(void)arg;
	ups += up;
}

static struct pg *
open_as(const char *conninfo)
{
	return pg_open(db_base, &(struct pg_options){ .conninfo = conninfo,
				    .application = "koshin test",
				    .statements = statements,
				    .statement_count = COUNT(statements),
				    .answer_ms = ANSWER_MS,
				    .waiting_max = 64,
				    .listen = "scratch_bell",
				    .notified = on_notified,
				    .state = on_state });
}

static void
wait_up(const struct pg *p)
{
	for (int i = 0; i < 500 && !pg_up(p); i++)
		db_run_ms(10);
	assert_true(pg_up(p));
}

static int
begin_group(void **state)
{
	if (db_begin(state) != 0)
		return -1;
	db_do("CREATE TABLE IF NOT EXISTS scratch (id int PRIMARY KEY)");
	db_do("DROP ROLE IF EXISTS scratch_stranger");
	db_do("CREATE ROLE scratch_stranger LOGIN");
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	answers = rung = ups = 0;
	db_do("TRUNCATE scratch");
	pg = open_as(db_as("postgres"));
	wait_up(pg);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	pg_close(pg);
	return 0;
}

static void
hear(struct heard *h, enum db_rc rc)
{
	h->came = true;
	h->times++;
	h->rc = rc;
	h->place = answers++;
}

static void
on_answer(void *arg, enum db_rc rc, const PGresult *row)
{
	struct heard *h = arg;

	hear(h, rc);
	assert_int_equal(rc == DB_OK, row != NULL);
	if (rc == DB_OK && PQntuples(row) == 1)
		h->value = pg_get_integer(row, 0, 0);
}

static void
on_done(void *arg, enum db_rc rc)
{
	hear(arg, rc);
}

static struct call *
ask_of(struct pg *p, enum statement statement, int64_t value, struct heard *h)
{
	struct pg_values v = { 0 };
	struct call *call;

	memset(h, 0, sizeof *h);
	pg_integer(&v, value);
	if (statement == PID || statement == READ_ONLY)
		v.count = 0;
	call = pg_ask(p, statement, &v, on_answer, h);
	assert_int_equal(h->times, 0); /* never before it has returned */
	return call;
}

static struct call *
ask(enum statement statement, int64_t value, struct heard *h)
{
	return ask_of(pg, statement, value, h);
}

static enum db_rc
answer(enum statement statement, int64_t value)
{
	struct heard h;

	ask(statement, value, &h);
	db_wait(&h.came);
	return h.rc;
}

static int64_t
backend(void)
{
	struct heard h;

	ask(PID, 0, &h);
	db_wait(&h.came);
	assert_int_equal(h.rc, DB_OK);
	return h.value;
}

static void
answers_come_in_the_order_of_the_questions(void **state)
{
	struct heard h[32];

	(void)state;
	for (size_t i = 0; i < COUNT(h); i++)
		ask(ECHO, (int64_t)i * 7, &h[i]);
	db_wait(&h[31].came);
	for (unsigned i = 0; i < COUNT(h); i++) {
		assert_int_equal(h[i].rc, DB_OK);
		assert_int_equal(h[i].place, i);
		assert_int_equal(h[i].value, i * 7);
		assert_int_equal(h[i].times, 1);
	}
}

static void
no_row_is_none(void **state)
{
	(void)state;
	assert_int_equal(answer(FIND, 5), DB_NONE);
	assert_int_equal(answer(INSERT, 5), DB_OK);
	assert_int_equal(answer(FIND, 5), DB_OK);
}

static void
an_error_stays_with_its_question(void **state)
{
	struct heard before, wrong, twice, after;
	int64_t pid = backend();

	(void)state;
	ask(INSERT, 1, &before);
	ask(DIVIDE, 0, &wrong);
	ask(INSERT, 1, &twice);
	ask(INSERT, 2, &after);
	db_wait(&after.came);
	assert_int_equal(before.rc, DB_OK);
	assert_int_equal(wrong.rc, DB_DOWN);
	assert_int_equal(twice.rc, DB_CONFLICT);
	assert_int_equal(after.rc, DB_OK);
	assert_int_equal(2, db_get_number("SELECT count(*) FROM scratch"));
	assert_int_equal(pid, backend());
}

static void
a_forgotten_call_is_not_called_back(void **state)
{
	struct heard gone, stays;

	(void)state;
	call_forget(ask(INSERT, 9, &gone));
	ask(ECHO, 1, &stays);
	db_wait(&stays.came);
	assert_false(gone.came);
	/* But it happened. */
	assert_int_equal(1, db_get_number("SELECT count(*) FROM scratch"));
}

static void
add(struct pg_batch *b, enum statement statement, int64_t value,
    struct heard *h)
{
	struct pg_values v = { 0 };

	memset(h, 0, sizeof *h);
	pg_integer(&v, value);
	pg_batch_add(b, statement, &v, on_answer, h);
}

static void
a_batch_is_answered_when_all_of_it_is_committed(void **state)
{
	struct pg_batch *b = pg_batch_new(pg);
	struct heard h[40], whole = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(h); i++)
		add(b, INSERT, (int64_t)i, &h[i]);
	pg_batch_send(b, on_done, &whole);
	assert_int_equal(answers, 0);
	db_wait(&whole.came);
	assert_int_equal(whole.rc, DB_OK);
	assert_int_equal(whole.place, COUNT(h)); /* the last word */
	for (size_t i = 0; i < COUNT(h); i++)
		assert_int_equal(h[i].rc, DB_OK);
	assert_int_equal(
	    COUNT(h), db_get_number("SELECT count(*) FROM scratch"));
}

static void
a_refused_batch_leaves_nothing_and_all_hear_the_same(void **state)
{
	struct pg_batch *b = pg_batch_new(pg);
	struct heard first, same, last, whole = { 0 };

	(void)state;
	add(b, INSERT, 1, &first);
	add(b, INSERT, 1, &same);
	add(b, INSERT, 2, &last);
	pg_batch_send(b, on_done, &whole);
	db_wait(&whole.came);
	assert_int_equal(first.rc, DB_CONFLICT);
	assert_int_equal(same.rc, DB_CONFLICT);
	assert_int_equal(last.rc, DB_CONFLICT);
	assert_int_equal(whole.rc, DB_CONFLICT);
	assert_int_equal(0, db_get_number("SELECT count(*) FROM scratch"));
	assert_int_equal(answer(INSERT, 2), DB_OK);
}

static void
a_forgotten_batch_is_silent_and_happens(void **state)
{
	struct pg_batch *b = pg_batch_new(pg);
	struct heard h, whole = { 0 };

	(void)state;
	add(b, INSERT, 1, &h);
	call_forget(pg_batch_send(b, on_done, &whole));
	assert_int_equal(answer(FIND, 1), DB_OK);
	assert_int_equal(h.times + whole.times, 0);
}

static void
F_36_a_lost_connection_is_DOWN_and_comes_back(void **state)
{
	struct heard h[3];
	int64_t pid = backend();

	(void)state;
	for (size_t i = 0; i < COUNT(h); i++)
		ask(SLEEP, 300, &h[i]);
	db_run_ms(50);
	db_do("SELECT pg_terminate_backend(%lld)", (long long)pid);
	db_wait(&h[2].came);
	for (size_t i = 0; i < COUNT(h); i++) {
		assert_int_equal(h[i].rc, DB_DOWN);
		assert_int_equal(h[i].times, 1);
	}
	assert_false(pg_up(pg));
	assert_int_equal(answer(ECHO, 1), DB_DOWN); /* at once, not never */
	wait_up(pg);
	assert_int_equal(ups, 2);
	assert_int_not_equal(pid, backend());
}

static void
F_36_an_idle_connection_that_is_cut_comes_back(void **state)
{
	int64_t pid = backend();

	(void)state;
	db_do("SELECT pg_terminate_backend(%lld)", (long long)pid);
	for (int i = 0; i < 300 && ups < 2; i++)
		db_run_ms(10);
	assert_int_equal(ups, 2);
	assert_int_not_equal(pid, backend());
}

static void
F_36_a_silent_server_is_left_within_the_limit(void **state)
{
	pid_t pid = (pid_t)backend();
	int64_t asked = clock_mono_us(), took_ms;
	struct heard first, late, next;

	(void)state;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	ask(ECHO, 1, &first);
	ask(ECHO, 2, &late);
	db_wait(&late.came);
	took_ms = (clock_mono_us() - asked) / 1000;
	kill(pid, SIGCONT);
	assert_int_equal(first.rc, DB_DOWN);
	assert_int_equal(late.rc, DB_DOWN);
	assert_in_range(took_ms, ANSWER_MS - 20, ANSWER_MS + 400);
	wait_up(pg);
	ask(ECHO, 3, &next);
	db_wait(&next.came);
	assert_int_equal(next.value, 3); /* never the late answer */
	assert_int_equal(first.times + late.times, 2);
}

static void
F_40_a_slow_statement_is_ended_by_the_server(void **state)
{
	int64_t pid = backend();

	(void)state;
	assert_int_equal(answer(SLEEP, 5000), DB_DOWN);
	assert_int_equal(pid, backend()); /* the connection is still good */
}

static void
F_40_waiting_questions_are_bounded(void **state)
{
	struct heard h[70];
	unsigned down = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(h); i++)
		ask(ECHO, 1, &h[i]);
	for (size_t i = 0; i < COUNT(h); i++)
		db_wait(&h[i].came);
	for (size_t i = 0; i < COUNT(h); i++)
		down += h[i].rc == DB_DOWN;
	assert_int_equal(down, COUNT(h) - 64);
	assert_int_equal(answer(ECHO, 1), DB_OK);
}

/* Two connections that take two rows in opposite order. */
static void
F_39_a_deadlock_is_a_conflict_of_one(void **state)
{
	char quick[600];
	struct pg *p[2];
	struct heard h[6], whole[2] = { 0 };

	(void)state;
	snprintf(quick, sizeof quick, "%s options='-c deadlock_timeout=50ms'",
	    db_as("postgres"));
	for (int i = 0; i < 2; i++) {
		struct pg_batch *b;

		p[i] = open_as(quick);
		wait_up(p[i]);
		b = pg_batch_new(p[i]);
		add(b, INSERT, i, &h[3 * i]);
		add(b, SLEEP, 100, &h[3 * i + 1]);
		add(b, INSERT, 1 - i, &h[3 * i + 2]);
		pg_batch_send(b, on_done, &whole[i]);
	}
	db_wait(&whole[0].came);
	db_wait(&whole[1].came);
	assert_int_equal((whole[0].rc == DB_OK) + (whole[1].rc == DB_OK), 1);
	assert_int_equal(
	    (whole[0].rc == DB_CONFLICT) + (whole[1].rc == DB_CONFLICT), 1);
	pg_close(p[0]);
	pg_close(p[1]);
}

static void
F_46_a_right_that_lacks_stops_one_operation_only(void **state)
{
	struct pg *stranger = open_as(db_as("scratch_stranger"));
	struct heard refused, other;

	(void)state;
	wait_up(stranger);
	ask_of(stranger, INSERT, 1, &refused);
	ask_of(stranger, ECHO, 1, &other);
	db_wait(&other.came);
	assert_int_equal(refused.rc, DB_DOWN);
	assert_int_equal(other.rc, DB_OK);
	assert_true(pg_up(stranger));
	pg_close(stranger);
}

static void
F_47_read_only_is_left_for_another_connection(void **state)
{
	int64_t pid = backend();
	struct heard h;

	(void)state;
	assert_int_equal(answer(READ_ONLY, 0), DB_OK);
	ask(INSERT, 1, &h);
	db_wait(&h.came);
	assert_int_equal(h.rc, DB_DOWN);
	for (int i = 0; i < 300 && ups < 2; i++)
		db_run_ms(10);
	wait_up(pg);
	assert_int_not_equal(pid, backend());
	assert_int_equal(answer(INSERT, 1), DB_OK);
}

static void
F_47_a_read_only_server_is_not_taken(void **state)
{
	struct pg *p;

	(void)state;
	db_do("ALTER ROLE scratch_stranger SET"
	      " default_transaction_read_only = on");
	p = open_as(db_as("scratch_stranger"));
	db_run_ms(300);
	assert_false(pg_up(p));
	db_do("ALTER ROLE scratch_stranger RESET"
	      " default_transaction_read_only");
	wait_up(p);
	pg_close(p);
}

static void
a_server_that_is_not_there_is_DOWN_at_once(void **state)
{
	struct pg *p = open_as("host=/nonexistent dbname=x user=x");
	struct heard h[2];

	(void)state;
	ask_of(p, ECHO, 1, &h[0]);
	db_wait(&h[0].came);
	assert_int_equal(h[0].rc, DB_DOWN);
	db_run_ms(200);
	ask_of(p, ECHO, 1, &h[1]);
	pg_close(p); /* answers what is open */
	assert_int_equal(h[1].rc, DB_DOWN);
	assert_int_equal(h[1].times, 1);
}

static void
closing_answers_open_questions(void **state)
{
	struct pg *p = open_as(db_as("postgres"));
	struct heard h[3];

	(void)state;
	wait_up(p);
	for (size_t i = 0; i < COUNT(h); i++)
		ask_of(p, SLEEP, 200, &h[i]);
	pg_close(p);
	for (size_t i = 0; i < COUNT(h); i++) {
		assert_int_equal(h[i].times, 1);
		assert_int_equal(h[i].rc, DB_DOWN);
	}
}

static void
notifications_ring(void **state)
{
	(void)state;
	db_do("NOTIFY scratch_bell");
	for (int i = 0; i < 300 && rung == 0; i++)
		db_run_ms(10);
	assert_int_equal(rung, 1);
}

static void
check_bytes(void *arg, enum db_rc rc, const PGresult *row)
{
	const unsigned char *sent = arg;
	static unsigned char back[300000];
	size_t len = 0;

	answers++;
	assert_int_equal(rc, DB_OK);
	assert_true(pg_get_bytes(row, 0, 0, back, sizeof back, &len));
	assert_int_equal(len, sizeof back);
	assert_memory_equal(sent, back, len);
	assert_false(pg_get_bytes(row, 0, 0, back, sizeof back - 1, &len));
}

/* More than sockets hold, in both directions at once. */
static void
large_batches_neither_block_nor_mix(void **state)
{
	static unsigned char bytes[300000];
	struct pg_batch *b = pg_batch_new(pg);
	struct heard whole = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 31 + i / 251);
	for (int i = 0; i < 8; i++) {
		struct pg_values v = { 0 };

		pg_bytes(&v, bytes, sizeof bytes);
		pg_batch_add(b, BYTES, &v, check_bytes, bytes);
	}
	pg_batch_send(b, on_done, &whole);
	db_wait(&whole.came);
	assert_int_equal(whole.rc, DB_OK);
	assert_int_equal(answers, 9);
}

static void
an_asker_may_ask_again_in_its_answer(
    void *arg, enum db_rc rc, const PGresult *row)
{
	int *left = arg;
	struct pg_values v = { 0 };

	(void)row;
	assert_int_equal(rc, DB_OK);
	pg_integer(&v, *left);
	if (--*left > 0)
		pg_ask(pg, ECHO, &v, an_asker_may_ask_again_in_its_answer, arg);
}

static void
a_chain_of_questions_ends(void **state)
{
	struct pg_values v = { 0 };
	int left = 50;

	(void)state;
	pg_integer(&v, left);
	pg_ask(pg, ECHO, &v, an_asker_may_ask_again_in_its_answer, &left);
	for (int i = 0; i < 300 && left > 0; i++)
		db_run_ms(10);
	assert_int_equal(left, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_come_in_the_order_of_the_questions),
		TEST(no_row_is_none),
		TEST(an_error_stays_with_its_question),
		TEST(a_forgotten_call_is_not_called_back),
		TEST(a_batch_is_answered_when_all_of_it_is_committed),
		TEST(a_refused_batch_leaves_nothing_and_all_hear_the_same),
		TEST(a_forgotten_batch_is_silent_and_happens),
		TEST(F_36_a_lost_connection_is_DOWN_and_comes_back),
		TEST(F_36_an_idle_connection_that_is_cut_comes_back),
		TEST(F_36_a_silent_server_is_left_within_the_limit),
		TEST(F_40_a_slow_statement_is_ended_by_the_server),
		TEST(F_40_waiting_questions_are_bounded),
		TEST(F_39_a_deadlock_is_a_conflict_of_one),
		TEST(F_46_a_right_that_lacks_stops_one_operation_only),
		TEST(F_47_read_only_is_left_for_another_connection),
		TEST(F_47_a_read_only_server_is_not_taken),
		TEST(a_server_that_is_not_there_is_DOWN_at_once),
		TEST(closing_answers_open_questions),
		TEST(notifications_ring),
		TEST(large_batches_neither_block_nor_mix),
		TEST(a_chain_of_questions_ends),
	};

	return cmocka_run_group_tests(tests, begin_group, db_end);
}
