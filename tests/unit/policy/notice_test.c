#include "policy/notice.h"

#include "tests/lib/test.h"

#include "base/clock.h"
#include "policy/validity.h"
#include "policy/window.h"

/* Certificate of 2022-05-25, by R-CERT-1 good to 2023-05-25 in Tokyo. */
#define ISSUED 1653447600    /* 2022-05-25T12:00:00+09:00 */
#define NOT_AFTER 1685026799 /* 2023-05-25T23:59:59+09:00 */
#define DAYS_30 1682348400   /* 2023-04-25T00:00:00+09:00 */
#define DAYS_10 1684076400   /* 2023-05-15T00:00:00+09:00 */
#define DAY_S 86400

static int
tokyo(void **state)
{
	(void)state;
	return clock_zone("Asia/Tokyo") ? 0 : -1;
}

static enum notice
due(time_t now, time_t not_before, time_t not_after)
{
	struct notice_limits limits;

	assert_true(notice_limits(now, &limits));
	return notice_due(&limits, not_before, not_after);
}

static void
R_MAIL_1_three_notices_to_the_second(void **state)
{
	(void)state;
	assert_int_equal(due(ISSUED, ISSUED, NOT_AFTER), NOTICE_NONE);
	assert_int_equal(due(DAYS_30 - 1, ISSUED, NOT_AFTER), NOTICE_NONE);
	assert_int_equal(due(DAYS_30, ISSUED, NOT_AFTER), NOTICE_EXPIRES_30);
	assert_int_equal(
	    due(DAYS_10 - 1, ISSUED, NOT_AFTER), NOTICE_EXPIRES_30);
	assert_int_equal(due(DAYS_10, ISSUED, NOT_AFTER), NOTICE_EXPIRES_10);
	assert_int_equal(due(NOT_AFTER, ISSUED, NOT_AFTER), NOTICE_EXPIRES_10);
	assert_int_equal(due(NOT_AFTER + 1, ISSUED, NOT_AFTER), NOTICE_EXPIRED);
	assert_int_equal(
	    due(NOT_AFTER + 400 * DAY_S, ISSUED, NOT_AFTER), NOTICE_EXPIRED);
}

static void
R_MAIL_1_says_since_when(void **state)
{
	(void)state;
	assert_int_equal(notice_since(NOTICE_EXPIRES_30, NOT_AFTER), DAYS_30);
	assert_int_equal(notice_since(NOTICE_EXPIRES_10, NOT_AFTER), DAYS_10);
	assert_int_equal(
	    notice_since(NOTICE_EXPIRED, NOT_AFTER), NOT_AFTER + 1);
	assert_int_equal(notice_since(NOTICE_NONE, NOT_AFTER), 0);
}

/* Issued at noon, for so many days with the first one. */
static enum notice
at_issue(unsigned days)
{
	struct validity v;

	assert_true(validity_of(ISSUED, days, &v));
	return due(ISSUED, v.not_before, v.not_after);
}

static void
R_MAIL_1_a_short_life_is_not_told_with_its_beginning(void **state)
{
	struct validity v;

	(void)state;
	for (unsigned days = 1; days < 60; days++)
		assert_int_equal(at_issue(days), NOTICE_NONE);
	assert_true(validity_of(ISSUED, 20, &v));
	assert_int_equal(
	    due(ISSUED + 9 * DAY_S, ISSUED, v.not_after), NOTICE_EXPIRES_10);
	assert_true(validity_of(ISSUED, 5, &v));
	assert_int_equal(
	    due(ISSUED + 4 * DAY_S, ISSUED, v.not_after), NOTICE_NONE);
	assert_int_equal(
	    due(v.not_after + 1, ISSUED, v.not_after), NOTICE_EXPIRED);
	/* 31 days lie before the last one: told a day after the issue. */
	assert_true(validity_of(ISSUED, 32, &v));
	assert_int_equal(
	    due(ISSUED + DAY_S, ISSUED, v.not_after), NOTICE_EXPIRES_30);
}

/* Days of 23 and 25 hours; zones far from Greenwich; a day that never was. */
static const char *const zones[] = { "Asia/Tokyo", "America/New_York",
	"Europe/London", "Pacific/Apia", "Pacific/Kiritimati",
	"Australia/Lord_Howe", "America/St_Johns", "UTC" };

static void
F_61_same_moment_as_the_renewal_window_on_every_day(void **state)
{
	(void)state;
	for (size_t z = 0; z < COUNT(zones); z++) {
		assert_true(clock_zone(zones[z]));
		for (unsigned day = 0; day < 366 * 2; day++) {
			time_t issued = ISSUED + (time_t)day * DAY_S;
			struct validity v;
			time_t first, second;

			assert_true(validity_of(issued, 366, &v));
			first = window_opens(v.not_after, 30);
			second = window_opens(v.not_after, 10);
			assert_int_equal(
			    due(first - 1, issued, v.not_after), NOTICE_NONE);
			assert_int_equal(
			    due(first, issued, v.not_after), NOTICE_EXPIRES_30);
			assert_int_equal(due(second - 1, issued, v.not_after),
			    NOTICE_EXPIRES_30);
			assert_int_equal(due(second, issued, v.not_after),
			    NOTICE_EXPIRES_10);
		}
	}
	assert_true(clock_zone("Asia/Tokyo"));
}

static void
F_61_a_calendar_that_ends_has_no_limits(void **state)
{
	struct notice_limits limits;

	(void)state;
	assert_false(notice_limits(INT64_MAX, &limits));
	assert_false(notice_limits(INT64_C(253402300799), &limits));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_MAIL_1_three_notices_to_the_second),
		cmocka_unit_test(R_MAIL_1_says_since_when),
		cmocka_unit_test(
		    R_MAIL_1_a_short_life_is_not_told_with_its_beginning),
		cmocka_unit_test(
		    F_61_same_moment_as_the_renewal_window_on_every_day),
		cmocka_unit_test(F_61_a_calendar_that_ends_has_no_limits),
	};

	return cmocka_run_group_tests(tests, tokyo, NULL);
}
