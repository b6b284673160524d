/* FAKES: malloc shifted_clock */
/*
 * F-59: a question to Redis whatever allocation fails, of ours or of hiredis':
 * it cannot be asked or is DB_DOWN, and the connection comes back. What hiredis
 * takes as it writes and reads is its own affair: 0.14 ends the process where
 * it has not even the three bytes of an empty buffer.
 */
#include "tests/db/echo.h"
#include "tests/lib/fake_malloc.h"
#include "tests/lib/test.h"

#include <string.h>

static bool came;
static unsigned times;
static enum db_rc heard;

static void
on_answer(const struct db_asker *asker, enum db_rc rc, const redisReply *reply)
{
	(void)asker;
	assert_int_equal(reply == NULL, rc != DB_OK);
	if (rc == DB_OK)
		assert_string_equal(reply->str, "mine");
	heard = rc;
	times++;
	came = true;
}

static struct call *
ask(void)
{
	const struct redis_argument word = { "mine", 4 };

	came = false;
	times = 0;
	return redis_run(echo_desk.redis, &echo_script, NULL, 0, &word, 1,
	    on_answer, DB_ASKER(NULL, NULL, NULL));
}

/* Each allocation in turn, and each with all that follow. */
static void
expect_each(bool all)
{
	unsigned n = 0, count, not_asked = 0, down = 0;

	do {
		struct call *call;

		fake_malloc_begin(++n, all);
		call = ask();
		count = fake_malloc_end();
		if (call != NULL)
			session_until(&echo_desk, &came);
		assert_int_equal(times, call != NULL);
		not_asked += call == NULL;
		down += call != NULL && heard == DB_DOWN;
		/* The connection may yet find that it has ended. */
		do
			session_until_up(&echo_desk, true);
		while (echo_try(&echo_script) != DB_OK);
	} while (n <= count);
	print_message("%u allocations, %u times not asked, %u times down\n",
	    n - 1, not_asked, down);
	if (fake_malloc_works())
		assert_true(not_asked > 0);
}

static void
F_59_a_script_without_memory_is_not_asked_or_down(void **state)
{
	(void)state;
	expect_each(false);
	expect_each(true);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    F_59_a_script_without_memory_is_not_asked_or_down,
		    echo_open, echo_close),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
