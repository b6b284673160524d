/* What a connection does when the server does not do its part. */
#include "tests/db/asker.h"

#include "base/clock.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"
#include "tests/lib/witness.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

static void
F_36_a_lost_connection_is_DOWN_and_comes_back(void **state)
{
	struct asker_heard h[3];
	int64_t pid = asker_backend();

	(void)state;
	for (size_t i = 0; i < COUNT(h); i++)
		asker_ask(ASKER_SLEEP, 300, &h[i]);
	db_run_ms(50);
	db_do("SELECT pg_terminate_backend(%lld)", (long long)pid);
	db_wait(&h[2].came);
	for (size_t i = 0; i < COUNT(h); i++) {
		assert_int_equal(h[i].rc, DB_DOWN);
		assert_int_equal(h[i].times, 1);
	}
	assert_false(pg_up(asker_pg));
	assert_int_equal(
	    asker_answer(ASKER_ECHO, 1), DB_DOWN); /* at once, not never */
	asker_wait_up(asker_pg);
	assert_int_equal(asker_ups, 2);
	assert_int_not_equal(pid, asker_backend());
}

static void
F_36_an_idle_connection_that_is_cut_comes_back(void **state)
{
	int64_t pid = asker_backend();

	(void)state;
	db_do("SELECT pg_terminate_backend(%lld)", (long long)pid);
	for (int i = 0; i < 6000 && asker_ups < 2; i++)
		db_run_ms(10);
	assert_int_equal(asker_ups, 2);
	assert_int_not_equal(pid, asker_backend());
}

/*
 * The process that serves the connection is stopped: it takes questions in and
 * says nothing, as behind a network that loses packets.
 */
static void
F_36_I_9_a_silent_server_is_left_within_a_second(void **state)
{
	pid_t pid = (pid_t)asker_backend();
	int64_t asked = clock_mono_us(), took_ms;
	struct asker_heard first, late, next;
	struct witness w;

	(void)state;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	asker_ask(ASKER_ECHO, 1, &first);
	asker_ask(ASKER_ECHO, 2, &late);
	witness_begin(&w, db_base, 1000, &late.came);
	db_wait(&late.came);
	took_ms = (clock_mono_us() - asked) / 1000;
	kill(pid, SIGCONT);
	assert_int_equal(first.rc, DB_DOWN);
	assert_int_equal(late.rc, DB_DOWN);
	assert_true(took_ms >= 880);
	witness_end(&w);
	asker_wait_up(asker_pg);
	asker_ask(ASKER_ECHO, 3, &next);
	db_wait(&next.came);
	assert_int_equal(next.value, 3); /* never the late answer */
	assert_int_equal(first.times + late.times, 2);
}

static void
F_40_a_slow_statement_is_ended_by_the_server(void **state)
{
	int64_t pid = asker_backend();

	(void)state;
	assert_int_equal(asker_answer(ASKER_SLEEP, 5000), DB_DOWN);
	assert_int_equal(
	    pid, asker_backend()); /* the connection is still good */
}

static void
F_40_waiting_questions_are_bounded(void **state)
{
	struct asker_heard h[ASKER_WAITING_MAX + 6];
	unsigned down = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(h); i++)
		asker_ask(ASKER_ECHO, 1, &h[i]);
	for (size_t i = 0; i < COUNT(h); i++)
		db_wait(&h[i].came);
	for (size_t i = 0; i < COUNT(h); i++)
		down += h[i].rc == DB_DOWN;
	assert_int_equal(down, COUNT(h) - ASKER_WAITING_MAX);
	assert_int_equal(asker_answer(ASKER_ECHO, 1), DB_OK);
}

/* Two connections that take two rows in opposite order. */
static void
F_39_a_deadlock_is_a_conflict_of_one(void **state)
{
	char quick[600];
	struct pg *p[2];
	struct asker_heard h[6], whole[2] = { 0 };

	(void)state;
	snprintf(quick, sizeof quick, "%s options='-c deadlock_timeout=50ms'",
	    db_as("postgres"));
	for (int i = 0; i < 2; i++) {
		struct pg_batch *b;

		p[i] = asker_open(quick);
		asker_wait_up(p[i]);
		b = pg_batch_new(p[i]);
		asker_add(b, ASKER_INSERT, i, &h[3 * i]);
		asker_add(b, ASKER_SLEEP, 100, &h[3 * i + 1]);
		asker_add(b, ASKER_INSERT, 1 - i, &h[3 * i + 2]);
		pg_batch_send(b, asker_done, &whole[i]);
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
	struct pg *stranger = asker_open(db_as("scratch_stranger"));
	struct asker_heard refused, other;

	(void)state;
	asker_wait_up(stranger);
	asker_ask_of(stranger, ASKER_INSERT, 1, &refused);
	asker_ask_of(stranger, ASKER_ECHO, 1, &other);
	db_wait(&other.came);
	assert_int_equal(refused.rc, DB_DOWN);
	assert_int_equal(other.rc, DB_OK);
	assert_true(pg_up(stranger));
	pg_close(stranger);
}

static void
F_47_read_only_is_left_for_another_connection(void **state)
{
	int64_t pid = asker_backend();
	struct asker_heard h;

	(void)state;
	assert_int_equal(asker_answer(ASKER_READ_ONLY, 0), DB_OK);
	asker_ask(ASKER_INSERT, 1, &h);
	db_wait(&h.came);
	assert_int_equal(h.rc, DB_DOWN);
	for (int i = 0; i < 6000 && asker_ups < 2; i++)
		db_run_ms(10);
	asker_wait_up(asker_pg);
	assert_int_not_equal(pid, asker_backend());
	assert_int_equal(asker_answer(ASKER_INSERT, 1), DB_OK);
}

static void
F_47_a_read_only_server_is_not_taken(void **state)
{
	struct pg *p;

	(void)state;
	db_do("ALTER ROLE scratch_stranger SET"
	      " default_transaction_read_only = on");
	p = asker_open(db_as("scratch_stranger"));
	db_run_ms(300);
	assert_false(pg_up(p));
	db_do("ALTER ROLE scratch_stranger RESET"
	      " default_transaction_read_only");
	asker_wait_up(p);
	pg_close(p);
}

static void
a_server_that_is_not_there_is_DOWN_at_once(void **state)
{
	struct pg *p = asker_open("host=/nonexistent dbname=x user=x");
	struct asker_heard h[2];

	(void)state;
	asker_ask_of(p, ASKER_ECHO, 1, &h[0]);
	db_wait(&h[0].came);
	assert_int_equal(h[0].rc, DB_DOWN);
	db_run_ms(200);
	asker_ask_of(p, ASKER_ECHO, 1, &h[1]);
	pg_close(p); /* asker_answers what is open */
	assert_int_equal(h[1].rc, DB_DOWN);
	assert_int_equal(h[1].times, 1);
}

static void
closing_answers_open_questions(void **state)
{
	struct pg *p = asker_open(db_as("postgres"));
	struct asker_heard h[3];

	(void)state;
	asker_wait_up(p);
	for (size_t i = 0; i < COUNT(h); i++)
		asker_ask_of(p, ASKER_SLEEP, 200, &h[i]);
	pg_close(p);
	for (size_t i = 0; i < COUNT(h); i++) {
		assert_int_equal(h[i].times, 1);
		assert_int_equal(h[i].rc, DB_DOWN);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, asker_begin, asker_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(F_36_a_lost_connection_is_DOWN_and_comes_back),
		TEST(F_36_an_idle_connection_that_is_cut_comes_back),
		TEST(F_36_I_9_a_silent_server_is_left_within_a_second),
		TEST(F_40_a_slow_statement_is_ended_by_the_server),
		TEST(F_40_waiting_questions_are_bounded),
		TEST(F_39_a_deadlock_is_a_conflict_of_one),
		TEST(F_46_a_right_that_lacks_stops_one_operation_only),
		TEST(F_47_read_only_is_left_for_another_connection),
		TEST(F_47_a_read_only_server_is_not_taken),
		TEST(a_server_that_is_not_there_is_DOWN_at_once),
		TEST(closing_answers_open_questions),
	};

	return cmocka_run_group_tests(tests, asker_begin_group, db_end);
}
