/* FAKES: shifted_clock */
/* The connection and its promises, with the right server or a wrong one. */
#include "tests/db/echo.h"
#include "tests/db/private_redis.h"
#include "tests/lib/test.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
a_script_hears_its_own_answer(void **state)
{
	static struct echo asked[1000];
	bool done = false;

	(void)state;
	memset(asked, 0, sizeof(asked));
	for (unsigned i = 0; i < COUNT(asked); i++)
		echo_ask(&asked[i], i);
	asked[COUNT(asked) - 1].last = &done;
	session_until(&echo_desk, &done);
	for (unsigned i = 0; i < COUNT(asked); i++) {
		assert_int_equal(asked[i].answers, 1);
		assert_true(asked[i].own);
	}
}

/* How often the server has read from anybody. */
static unsigned
reads(void)
{
	const char *said =
	    private_redis_ask("EVAL %s 0", "return redis.call('INFO','stats')"
					   ":match('reads_processed:(%d+)')");

	return (unsigned)strtoul(said, NULL, 10);
}

/* Another try where we were so late that it went by itself, or a probe came
 * between. */
static void
what_may_wait_goes_with_what_is_asked_next(void **state)
{
	bool quiet = false;

	(void)state;
	assert_int_equal(echo_try(&echo_later), DB_OK); /* goes by itself */
	for (int i = 0; i < 20 && !quiet; i++) {
		bool done = false;
		struct echo first = { 0 }, next = { .last = &done };
		unsigned idle = reads(), before = reads();

		idle = before - idle; /* it is told of itself */
		echo_ask_later(&first, 1);
		event_base_loop(echo_desk.base, EVLOOP_NONBLOCK);
		quiet = reads() == before + idle;
		echo_ask(&next, 2);
		session_until(&echo_desk, &done);
		assert_true(first.answers == 1 && first.own && next.own);
	}
	assert_true(quiet);
}

static void
F_25_the_queue_has_an_end(void **state)
{
	static struct echo asked[1100];
	unsigned down = 0;

	(void)state;
	memset(asked, 0, sizeof(asked));
	private_redis_signal(SIGSTOP);
	for (unsigned i = 0; i < COUNT(asked); i++)
		echo_ask(&asked[i], i);
	for (unsigned i = 0; i < COUNT(asked); i++)
		assert_int_equal(asked[i].answers, 0);
	session_for_ms(&echo_desk, 100);
	for (unsigned i = 0; i < COUNT(asked); i++)
		down += asked[i].answers;
	assert_int_equal(down, 1100 - 1024);
	private_redis_signal(SIGCONT);
	session_for_ms(&echo_desk, 100);
	for (unsigned i = 0; i < COUNT(asked); i++) {
		assert_int_equal(asked[i].answers, 1);
		assert_int_equal(asked[i].rc, i < 1024 ? DB_OK : DB_DOWN);
	}
}

static void
a_forgotten_question_is_not_answered(void **state)
{
	struct echo gone = { 0 };
	bool done = false;
	struct echo next = { .last = &done };

	(void)state;
	echo_ask(&gone, 1);
	call_forget(gone.call);
	echo_ask(&next, 2);
	session_until(&echo_desk, &done);
	assert_int_equal(gone.answers, 0);
	assert_true(next.own);
}

static void
close_answers_everything(void **state)
{
	struct echo asked[10] = { 0 };

	(void)state;
	for (unsigned i = 0; i < COUNT(asked); i++)
		echo_ask(&asked[i], i);
	call_forget(asked[3].call);
	redis_close(echo_desk.redis);
	echo_desk.redis = NULL;
	for (unsigned i = 0; i < COUNT(asked); i++) {
		assert_int_equal(asked[i].answers, i == 3 ? 0 : 1);
		assert_int_equal(asked[i].rc, i == 3 ? DB_OK : DB_DOWN);
	}
}

static void
close_in_an_answer(void **state)
{
	struct echo asked[10] = { 0 };
	bool done = false;

	(void)state;
	asked[4].close = &echo_desk;
	asked[9].last = &done;
	for (unsigned i = 0; i < COUNT(asked); i++)
		echo_ask(&asked[i], i);
	session_until(&echo_desk, &done);
	for (unsigned i = 0; i < COUNT(asked); i++) {
		assert_int_equal(asked[i].answers, 1);
		assert_int_equal(asked[i].rc, i <= 4 ? DB_OK : DB_DOWN);
	}
	session_for_ms(&echo_desk, 10);
}

static void
close_in_the_answer_of_a_lost_connection(void **state)
{
	struct echo asked[10] = { 0 };
	bool done = false;

	(void)state;
	private_redis_signal(SIGSTOP);
	asked[0].close = &echo_desk;
	asked[9].last = &done;
	for (unsigned i = 0; i < COUNT(asked); i++)
		echo_ask(&asked[i], i);
	session_for_ms(&echo_desk, 20);
	private_redis_kill();
	session_until(&echo_desk, &done);
	for (unsigned i = 0; i < COUNT(asked); i++) {
		assert_int_equal(asked[i].answers, 1);
		assert_int_equal(asked[i].rc, DB_DOWN);
	}
	session_for_ms(&echo_desk, 10);
}

static void
close_in_the_answer_of_a_timeout(void **state)
{
	struct echo asked[10] = { 0 };
	bool done = false;

	(void)state;
	private_redis_signal(SIGSTOP);
	asked[0].close = &echo_desk;
	asked[9].last = &done;
	for (unsigned i = 0; i < COUNT(asked); i++)
		echo_ask(&asked[i], i);
	session_until(&echo_desk, &done);
	for (unsigned i = 0; i < COUNT(asked); i++)
		assert_int_equal(asked[i].answers, 1);
	session_for_ms(&echo_desk, 10);
}

/* ------------------------------------------------------ the right server */

static void
F_32_a_server_that_evicts_is_down(void **state)
{
	struct fault why;

	(void)state;
	private_redis_ask("CONFIG SET maxmemory-policy allkeys-lru");
	assert_int_equal(redis_check(&echo_desk.options, &why), -1);
	assert_non_null(strstr(why.text, "maxmemory-policy noeviction"));
	private_redis_ask("CLIENT KILL TYPE normal");
	session_until_up(&echo_desk, false);
	session_for_ms(&echo_desk, 500);
	assert_int_equal(echo_try(&echo_script), DB_DOWN);
	private_redis_ask("CONFIG SET maxmemory-policy noeviction");
	assert_int_equal(redis_check(&echo_desk.options, &why), 0);
	session_until_up(&echo_desk, true);
	assert_int_equal(echo_try(&echo_script), DB_OK);
}

static void
the_check_says_what_would_be_right(void **state)
{
	struct redis_options nowhere = { .host = "127.0.0.1", .port = 1 };
	struct fault why;

	(void)state;
	assert_int_equal(redis_check(&echo_desk.options, &why), 0);
	private_redis_ask("CONFIG SET appendonly no");
	assert_int_equal(redis_check(&echo_desk.options, &why), -1);
	assert_non_null(strstr(why.text, "set appendonly yes"));
	assert_int_equal(redis_check(&nowhere, &why), -1);
	assert_non_null(strstr(why.text, "127.0.0.1"));
	private_redis_kill();
	assert_int_equal(redis_check(&echo_desk.options, &why), -1);
	assert_non_null(strstr(why.text, private_redis_socket()));
}

static void
a_numeric_address_will_do(void **state)
{
	int port = 20000 + getpid() % 10000;
	char settings[64];

	(void)state;
	snprintf(settings, sizeof(settings), "bind 127.0.0.1\nport %d\n", port);
	private_redis_start(settings);
	echo_desk.options = (struct redis_options){
		.host = "127.0.0.1",
		.port = port,
		.waiting_max = 1024,
	};
	redis_close(echo_desk.redis);
	echo_desk.redis = redis_open(echo_desk.base, &echo_desk.options);
	session_until_up(&echo_desk, true);
	assert_int_equal(echo_try(&echo_script), DB_OK);
	private_redis_kill();
	assert_int_equal(echo_try(&echo_script), DB_DOWN);
	private_redis_start(settings);
	session_until_up(&echo_desk, true);
}

#define TEST(name, open) cmocka_unit_test_setup_teardown(name, open, echo_close)

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_script_hears_its_own_answer, echo_open),
		TEST(what_may_wait_goes_with_what_is_asked_next, echo_open),
		TEST(F_25_the_queue_has_an_end, echo_open),
		TEST(a_forgotten_question_is_not_answered, echo_open),
		TEST(close_answers_everything, echo_open),
		TEST(close_in_an_answer, echo_open),
		TEST(close_in_the_answer_of_a_lost_connection, echo_open),
		TEST(close_in_the_answer_of_a_timeout, echo_open),
		TEST(F_32_a_server_that_evicts_is_down, echo_open),
		TEST(the_check_says_what_would_be_right, echo_open),
		TEST(a_numeric_address_will_do, echo_open_nothing),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
