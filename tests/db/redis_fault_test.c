/* FAKES: shifted_clock */
/* A server that is stopped, killed, slow, or answers with errors. */
#include "tests/db/echo.h"
#include "tests/db/private_redis.h"
#include "tests/lib/test.h"
#include "tests/lib/witness.h"

#include "base/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t
now_ms(void)
{
	return clock_mono_us() / 1000;
}

/* Asks; the answer must be "down", before so long is over. */
static void
expect_down_within(int64_t limit_ms)
{
	bool done = false;
	struct echo asked = { .last = &done };
	struct witness w;

	echo_ask(&asked, 7);
	witness_begin(&w, echo_desk.base, limit_ms, &done);
	session_until(&echo_desk, &done);
	assert_int_equal(asked.rc, DB_DOWN);
	witness_end(&w);
}

static void
F_24_a_silent_server_is_down_in_half_a_second(void **state)
{
	int64_t before;

	(void)state;
	private_redis_signal(SIGSTOP);
	before = now_ms();
	expect_down_within(600);
	assert_true(now_ms() - before >= 490);
	assert_false(redis_up(echo_desk.redis));
	/* The next ones do not even wait. */
	for (int i = 0; i < 50; i++)
		expect_down_within(100);
	private_redis_signal(SIGCONT);
	session_until_up(&echo_desk, true);
	assert_int_equal(echo_try(&echo_script), DB_OK);
}

static void
F_25_no_late_places(void **state)
{
	struct attempts_begin_answer b;
	struct attempts_settled s;
	struct attempts_who who;
	int64_t before;

	(void)state;
	/* The server has to know the script, or it would refuse it anyway. */
	assert_int_equal(
	    session_fail(&echo_desk, "sample002", &s), ATTEMPTS_GO);
	before = now_ms();
	private_redis_signal(SIGSTOP);
	for (int i = 0; i < 6; i++) {
		who = session_who("sample001");
		assert_int_equal(
		    session_begin(&echo_desk, &who, 0, &b), DB_DOWN);
		assert_int_not_equal(b.begin, ATTEMPTS_GO);
	}
	session_for_ms(&echo_desk, 3100 - (now_ms() - before));
	private_redis_signal(SIGCONT);
	session_until_up(&echo_desk, true);
	assert_string_equal(
	    private_redis_ask("EXISTS koshin:{sample001}:place"), "0");
}

static void
F_26_a_late_answer_is_nobodys(void **state)
{
	struct echo late = { 0 };
	bool done = false;
	struct echo next = { .last = &done };

	(void)state;
	private_redis_signal(SIGSTOP);
	echo_ask(&late, 1);
	session_for_ms(&echo_desk, 100);
	call_forget(late.call); /* its flow has ended */
	private_redis_signal(SIGCONT);
	echo_ask(&next, 2);
	session_until(&echo_desk, &done);
	assert_true(next.own);
	assert_int_equal(late.answers, 0);
}

static void
F_26_nor_after_a_new_connection(void **state)
{
	bool done = false;
	struct echo late = { .last = &done };

	(void)state;
	private_redis_signal(SIGSTOP);
	echo_ask(&late, 1);
	session_until(&echo_desk, &done);
	assert_int_equal(late.answers, 1);
	assert_int_equal(late.rc, DB_DOWN);
	private_redis_signal(SIGCONT);
	session_until_up(&echo_desk, true);
	for (int i = 0; i < 10; i++)
		assert_int_equal(echo_try(&echo_script), DB_OK);
	assert_int_equal(late.answers, 1);
}

static void
F_24_a_killed_server_is_missed_and_found_again(void **state)
{
	struct attempts_settled s;

	(void)state;
	for (int round = 1; round <= 3; round++) {
		assert_int_equal(
		    session_fail(&echo_desk, "sample001", &s), ATTEMPTS_GO);
		private_redis_kill();
		assert_int_equal(echo_try(&echo_script), DB_DOWN);
		assert_false(redis_up(echo_desk.redis));
		session_for_ms(&echo_desk, 300);
		assert_int_equal(echo_try(&echo_script), DB_DOWN);
		private_redis_start(NULL);
		session_until_up(&echo_desk, true);
		assert_int_equal(echo_try(&echo_script), DB_OK);
	}
	/* The file was kept, so the count goes on. */
	assert_string_equal(
	    private_redis_ask("GET koshin:{sample001}:try"), "3");
}

static void
F_24_there_need_be_no_server_at_first(void **state)
{
	(void)state;
	session_close(&echo_desk);
	session_open(&echo_desk, private_redis_socket());
	assert_int_equal(echo_try(&echo_script), DB_DOWN);
	private_redis_start(NULL);
	session_until_up(&echo_desk, true);
	assert_int_equal(echo_try(&echo_script), DB_OK);
}

static void
F_28_the_log_tells_of_lost_data(void **state)
{
	char path[] = "/tmp/koshin-log-XXXXXX", text[8192] = "";
	int file = mkstemp(path), stderr_was = dup(2);

	(void)state;
	dup2(file, 2);
	private_redis_ask("CLIENT KILL TYPE normal");
	session_until_up(&echo_desk, false);
	session_until_up(&echo_desk, true);
	assert_true(pread(file, text, sizeof(text) - 1, 0) > 0);
	assert_null(strstr(text, "epoch"));
	private_redis_forget();
	session_until_up(&echo_desk, false);
	private_redis_start(NULL);
	echo_desk.options.socket = private_redis_socket();
	session_until_up(&echo_desk, true);
	dup2(stderr_was, 2);
	assert_true(pread(file, text, sizeof(text) - 1, 0) > 0);
	close(stderr_was);
	close(file);
	unlink(path);
	assert_non_null(strstr(text, "redis-down"));
	assert_non_null(strstr(text, "redis-epoch"));
	assert_non_null(strstr(text, "redis-up"));
}

/* --------------------------------------------------------- error replies */

static void
F_33_an_unknown_script_is_sent_whole(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		private_redis_ask("SCRIPT FLUSH");
		assert_int_equal(echo_try(&echo_script), DB_OK);
		assert_string_equal(
		    private_redis_ask("SCRIPT EXISTS %s", echo_script.sha1),
		    "(1)");
		assert_int_equal(echo_try(&echo_script), DB_OK);
	}
	/* The connection has not been given up for it. */
	assert_true(redis_up(echo_desk.redis));
}

static void
F_33_a_replica_is_no_place_to_write(void **state)
{
	(void)state;
	private_redis_ask("REPLICAOF 127.0.0.1 1");
	assert_int_equal(echo_try(&echo_writer), DB_DOWN);
	private_redis_ask("REPLICAOF NO ONE");
	session_until_up(&echo_desk, true);
	assert_int_equal(echo_try(&echo_writer), DB_OK);
}

static void
F_33_too_few_replicas(void **state)
{
	(void)state;
	private_redis_ask("CONFIG SET min-replicas-to-write 1");
	assert_int_equal(echo_try(&echo_writer), DB_DOWN);
	private_redis_ask("CONFIG SET min-replicas-to-write 0");
	assert_int_equal(echo_try(&echo_writer), DB_OK);
}

static void
F_33_a_server_that_still_loads_is_down(void **state)
{
	int64_t before;

	(void)state;
	private_redis_ask("EVAL %s 0",
	    "for i = 1, 20000 do redis.call('SET', 'k' .. i, i) end");
	private_redis_kill();
	private_redis_launch("key-load-delay 50\n"
			     "loading-process-events-interval-bytes 1024\n");
	before = now_ms();
	for (;;) {
		const char *said = private_redis_ask("PING");

		if (strcmp(said, "PONG") == 0)
			fail_msg("it has loaded too fast");
		if (strncmp(said, "LOADING", 7) == 0)
			break;
		assert_in_range(now_ms() - before, 0, 60000);
		session_for_ms(&echo_desk, 10);
	}
	session_for_ms(&echo_desk, 200);
	assert_int_equal(echo_try(&echo_script), DB_DOWN);
	assert_false(redis_up(echo_desk.redis));
	session_until_up(&echo_desk, true);
	assert_string_equal(private_redis_ask("DBSIZE"), "20001");
}

static void
F_33_a_busy_server_is_down(void **state)
{
	pid_t hog;

	(void)state;
	private_redis_ask("CONFIG SET busy-reply-threshold 50");
	hog = fork();
	if (hog == 0) {
		private_redis_ask("EVAL %s 0", "while true do end");
		_exit(0);
	}
	session_for_ms(&echo_desk, 300);
	assert_int_equal(echo_try(&echo_script), DB_DOWN);
	assert_string_equal(private_redis_ask("SCRIPT KILL"), "OK");
	waitpid(hog, NULL, 0);
	session_until_up(&echo_desk, true);
	assert_int_equal(echo_try(&echo_script), DB_OK);
}

static void
F_33_a_cluster_without_slots_is_down(void **state)
{
	(void)state;
	private_redis_start("cluster-enabled yes\nappendonly no\n");
	session_for_ms(&echo_desk, 500);
	assert_false(redis_up(echo_desk.redis));
	assert_int_equal(echo_try(&echo_script), DB_DOWN);
}

static void
F_33_without_the_password_it_is_down(void **state)
{
	struct fault why;

	(void)state;
	private_redis_launch("requirepass opensesame\n");
	session_for_ms(&echo_desk, 1000);
	assert_false(redis_up(echo_desk.redis));
	assert_int_equal(redis_check(&echo_desk.options, &why), -1);
	assert_non_null(strstr(why.text, "NOAUTH"));
	echo_desk.options.password = "wrong";
	assert_int_equal(redis_check(&echo_desk.options, &why), -1);
	assert_non_null(strstr(why.text, "WRONGPASS"));
	assert_null(strstr(why.text, "wrong"));
	echo_desk.options.password = "opensesame";
	assert_int_equal(redis_check(&echo_desk.options, &why), 0);
	redis_close(echo_desk.redis);
	echo_desk.redis = redis_open(echo_desk.base, &echo_desk.options);
	session_until_up(&echo_desk, true);
	assert_int_equal(echo_try(&echo_script), DB_OK);
}

#define TEST(name, open) cmocka_unit_test_setup_teardown(name, open, echo_close)

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		TEST(F_24_a_silent_server_is_down_in_half_a_second, echo_open),
		TEST(F_25_no_late_places, echo_open),
		TEST(F_26_a_late_answer_is_nobodys, echo_open),
		TEST(F_26_nor_after_a_new_connection, echo_open),
		TEST(F_24_a_killed_server_is_missed_and_found_again, echo_open),
		TEST(F_24_there_need_be_no_server_at_first, echo_open_nothing),
		TEST(F_28_the_log_tells_of_lost_data, echo_open),
		TEST(F_33_an_unknown_script_is_sent_whole, echo_open),
		TEST(F_33_a_replica_is_no_place_to_write, echo_open),
		TEST(F_33_too_few_replicas, echo_open),
		TEST(F_33_a_server_that_still_loads_is_down, echo_open),
		TEST(F_33_a_busy_server_is_down, echo_open),
		TEST(F_33_a_cluster_without_slots_is_down, echo_open_nothing),
		TEST(F_33_without_the_password_it_is_down, echo_open_nothing),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
