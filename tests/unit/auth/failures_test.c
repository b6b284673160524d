/* FAKES: log */
#include "auth/failures.h"

#include "tests/lib/fake_log.h"
#include "tests/lib/test.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)
#define START_US (INT64_C(1000003) * SECOND_US)

static void
refused(struct failures *f, unsigned times, int64_t at_s)
{
	for (unsigned i = 0; i < times; i++)
		failures_count(f, START_US + at_s * SECOND_US);
}

/* Lets it look around, as often as it wants to, until then. */
static void
look(struct failures *f, int64_t from_s, int64_t to_s)
{
	for (int64_t s = from_s; s <= to_s; s += FAILURES_LOOK_S)
		failures_look(f, START_US + s * SECOND_US);
}

static void
T1_more_than_usual_is_told_once_and_so_is_its_end(void **state)
{
	struct failures f = { .usual = 4 };

	(void)state;
	fake_log_reset();
	refused(&f, 4, 0);
	look(&f, 0, 10);
	assert_int_equal(fake_log_lines(), 0);
	refused(&f, 5, 20);
	assert_int_equal(fake_log_lines(), 1);
	assert_string_equal(fake_log_last(),
	    "warn failures rate=high minute=5 usual=4 total=5");
	look(&f, 20, 60);
	assert_int_equal(fake_log_lines(), 1);
	/* What is half is usual. */
	refused(&f, 2, 70);
	look(&f, 70, 90);
	assert_int_equal(fake_log_lines(), 2);
	assert_string_equal(fake_log_last(),
	    "notice failures rate=usual minute=2 usual=4 total=11");
	refused(&f, 2, 95);
	assert_int_equal(fake_log_lines(), 2);
	refused(&f, 1, 96);
	assert_int_equal(fake_log_lines(), 3);
}

/* Around the usual there are not two lines a minute. */
static void
T1_what_comes_down_a_little_is_still_high(void **state)
{
	struct failures f = { .usual = 4 };

	(void)state;
	fake_log_reset();
	for (int64_t s = 0; s < 600; s += 15) {
		refused(&f, s < 60 ? 2 : 1, s);
		look(&f, s, s + 14);
	}
	assert_int_equal(fake_log_lines(), 1);
	look(&f, 600, 700);
	assert_int_equal(fake_log_lines(), 2);
}

static void
T1_a_slow_trickle_is_usual(void **state)
{
	struct failures f = { .usual = 4 };

	(void)state;
	fake_log_reset();
	for (int64_t s = 0; s < 3600; s += 20)
		refused(&f, 1, s);
	assert_int_equal(fake_log_lines(), 0);
	assert_int_equal(f.total, 180);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    T1_more_than_usual_is_told_once_and_so_is_its_end),
		cmocka_unit_test(T1_what_comes_down_a_little_is_still_high),
		cmocka_unit_test(T1_a_slow_trickle_is_usual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
