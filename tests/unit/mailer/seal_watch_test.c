/* FAKES: clock loop log */
#include "mailer/seal_watch.h"

#include "db/outbox.h"

#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_log.h"
#include "tests/lib/fake_loop.h"
#include "tests/lib/test.h"

#include <string.h>

static struct {
	struct call call;
	bool open;
	outbox_number_fn *heard;
	void *arg;
} asked;

static struct seal_watch *watch;

/* The outbox; it is answered when a test says so. */
struct call *
outbox_oldest_unsealed(struct outbox *o, outbox_number_fn *oldest, void *arg)
{
	assert_null(o);
	assert_false(asked.open);
	asked.open = true;
	asked.heard = oldest;
	asked.arg = arg;
	asked.call.forgotten = false;
	return &asked.call;
}

/* So much later the watch looks, and row `row` is the oldest that waits. */
static void
look_after(int64_t seconds, enum db_rc rc, int64_t row)
{
	fake_clock_pass_s(seconds);
	fake_loop_fire();
	assert_true(asked.open);
	asked.open = false;
	asked.heard(asked.arg, rc, row);
}

static int
begin(void **state)
{
	(void)state;
	memset(&asked, 0, sizeof(asked));
	fake_log_reset();
	fake_clock_set(FAKE_CLOCK_START);
	watch = seal_watch_new(NULL, NULL);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	seal_watch_free(watch);
	assert_int_equal(fake_loop_timers(), 0);
	return 0;
}

static void
I_12_a_row_that_waits_for_ten_seconds_is_an_error(void **state)
{
	(void)state;
	look_after(0, DB_OK, 7);
	look_after(9, DB_OK, 7);
	assert_int_equal(fake_log_lines(), 0);
	look_after(1, DB_OK, 7);
	assert_string_equal(
	    fake_log_last(), "error audit-unsealed row=7 seconds=10");
}

static void
rows_that_get_their_seals_are_none(void **state)
{
	(void)state;
	for (int64_t row = 1; row < 20; row++)
		look_after(9, DB_OK, row);
	look_after(9, DB_OK, -1);
	look_after(60, DB_OK, -1);
	assert_int_equal(fake_log_lines(), 0);
}

static void
it_is_told_once_a_minute_and_when_it_is_over(void **state)
{
	(void)state;
	look_after(0, DB_OK, 7);
	for (int i = 0; i < 60; i++)
		look_after(2, DB_OK, 7);
	assert_int_equal(fake_log_lines(), 2);
	look_after(2, DB_OK, -1);
	assert_int_equal(fake_log_lines(), 3);
	assert_string_equal(
	    fake_log_last(), "notice audit-unsealed note=seals go on");
}

static void
a_database_that_is_away_is_told_by_others(void **state)
{
	(void)state;
	look_after(0, DB_OK, 7);
	look_after(20, DB_DOWN, -1);
	assert_int_equal(fake_log_lines(), 0);
	look_after(1, DB_OK, 7);
	assert_int_equal(fake_log_lines(), 1);
}

static void
ends_in_the_middle_of_a_question(void **state)
{
	(void)state;
	fake_loop_fire();
	seal_watch_free(watch);
	watch = NULL;
	assert_true(asked.call.forgotten);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
		EACH(I_12_a_row_that_waits_for_ten_seconds_is_an_error),
		EACH(rows_that_get_their_seals_are_none),
		EACH(it_is_told_once_a_minute_and_when_it_is_over),
		EACH(a_database_that_is_away_is_told_by_others),
		EACH(ends_in_the_middle_of_a_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
