/* FAKES: clock */
#include "tests/lib/fake_clock.h"

#include "base/clock.h"

#include "tests/lib/test.h"

static void
stands_still_until_told(void **state)
{
	(void)state;
	assert_int_equal(clock_now(), FAKE_CLOCK_START);
	assert_int_equal(clock_now_ms(), (int64_t)FAKE_CLOCK_START * 1000);
	assert_int_equal(clock_mono_us(), clock_mono_us());
}

static void
passing_time_moves_both_clocks(void **state)
{
	int64_t mono = clock_mono_us();

	(void)state;
	fake_clock_set(1000);
	fake_clock_pass_ms(1999);
	assert_int_equal(clock_now(), 1001);
	assert_int_equal(clock_now_ms(), 1001999);
	fake_clock_pass_us(1000);
	assert_int_equal(clock_now(), 1002);
	fake_clock_pass_s(60);
	assert_int_equal(clock_now(), 1062);
	assert_int_equal(clock_mono_us() - mono, 62000000);
}

static void
jumps_leave_the_monotonic_clock_alone(void **state)
{
	int64_t mono = clock_mono_us();

	(void)state;
	fake_clock_set(5000);
	assert_int_equal(clock_now(), 5000);
	fake_clock_set_ms(1234567);
	assert_int_equal(clock_now(), 1234);
	assert_int_equal(clock_mono_us(), mono);
}

static void
zones_are_real(void **state)
{
	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	assert_false(clock_zone("Asia/Nowhere"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stands_still_until_told),
		cmocka_unit_test(passing_time_moves_both_clocks),
		cmocka_unit_test(jumps_leave_the_monotonic_clock_alone),
		cmocka_unit_test(zones_are_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
