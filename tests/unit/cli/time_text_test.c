#include "cli/time_text.h"

#include "base/clock.h"
#include "tests/lib/test.h"

static void
expect(const char *text, time_t wanted)
{
	time_t at = 0;

	assert_true(time_text_read(text, &at));
	assert_int_equal(at, wanted);
}

static void
a_day_begins_in_the_zone_of_the_service(void **state)
{
	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	expect("2026-11-20", 1795100400);
	expect("2026-11-20T00:00:00", 1795100400);
	expect("2026-11-20T18:00:00", 1795165200);
}

static void
a_zone_that_is_given_goes_before(void **state)
{
	(void)state;
	expect("2026-11-20T09:00:00Z", 1795165200);
	expect("2026-11-20T18:00:00+09:00", 1795165200);
	expect("2026-11-20T03:30:00-05:30", 1795165200);
}

static void
a_time_that_a_clock_skips_is_refused(void **state)
{
	time_t at;

	(void)state;
	assert_true(clock_zone("Europe/Berlin"));
	assert_false(time_text_read("2026-03-29T02:30:00", &at));
	assert_true(time_text_read("2026-03-29T03:30:00", &at));
	assert_true(clock_zone("Asia/Tokyo"));
}

static void
what_is_no_day_is_refused(void **state)
{
	static const char *const bad[] = { "", "today", "2026", "2026-11",
		"2026-11-31", "2026-02-29", "2026-00-10", "2026-13-01",
		"2026-11-20 ", " 2026-11-20", "+026-11-20", "26-11-20",
		"2026-11-20T", "2026-11-20T09", "2026-11-20T24:01:00",
		"2026-11-20  09:00:00", "2026-11-20T09:00:00z",
		"2026-11-20T09:00:00+09", "2026-11-20T09:00:00+0900",
		"2026-11-20T09:00:00+09:00x", "2026-11-20T09:00:00+99:00" };
	time_t at;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (time_text_read(bad[i], &at))
			fail_msg("`%s` was taken", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_begins_in_the_zone_of_the_service),
		cmocka_unit_test(a_zone_that_is_given_goes_before),
		cmocka_unit_test(a_time_that_a_clock_skips_is_refused),
		cmocka_unit_test(what_is_no_day_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
