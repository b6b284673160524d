#include "policy/window.h"

#include "tests/lib/test.h"

#include "base/clock.h"

/* Certificate of 2022-05-25, by R-CERT-1 good to 2023-05-25 in Tokyo. */
#define NOT_AFTER 1685026799 /* 2023-05-25T23:59:59+09:00 */
#define OPENS 1682348400     /* 2023-04-25T00:00:00+09:00 */

static void
R_CERT_3_window_opens_at_midnight_30_days_before(void **state)
{
	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	assert_int_equal(window_opens(NOT_AFTER, 30), OPENS);
}

static void
R_CERT_3_window_of_no_days_is_the_last_day(void **state)
{
	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	assert_int_equal(window_opens(NOT_AFTER, 0), NOT_AFTER + 1 - 86400);
}

static void
R_CERT_3_window_that_no_calendar_knows_opens_at_expiry(void **state)
{
	(void)state;
	assert_int_equal(window_opens(NOT_AFTER, UINT32_MAX), NOT_AFTER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    R_CERT_3_window_opens_at_midnight_30_days_before),
		cmocka_unit_test(R_CERT_3_window_of_no_days_is_the_last_day),
		cmocka_unit_test(
		    R_CERT_3_window_that_no_calendar_knows_opens_at_expiry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
