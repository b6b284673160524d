#include "base/clock.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

static void
wall_clock_is_the_systems(void **state)
{
	time_t before = time(NULL);
	time_t now = clock_now();
	int64_t ms = clock_now_ms();

	(void)state;
	/* time() may lag by a tick of the kernel. */
	assert_in_range(now, before, before + 5);
	assert_in_range(ms / 1000, now, now + 5);
}

static void
wall_clock_has_milliseconds(void **state)
{
	struct timespec wait = { .tv_nsec = 5000000 };
	int64_t before = clock_now_ms();
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		int64_t now;

		nanosleep(&wait, NULL);
		now = clock_now_ms();
		assert_true(now - before >= 4);
		before = now;
	}
}

static void
monotonic_clock_goes_on_in_microseconds(void **state)
{
	struct timespec wait = { .tv_nsec = 2000000 };
	int64_t before = clock_mono_us();
	int64_t took;

	(void)state;
	nanosleep(&wait, NULL);
	took = clock_mono_us() - before;
	assert_true(took >= 2000);
	assert_true(took < 60 * 1000000);
}

static void
expect_local(time_t when, const char *expected)
{
	char text[40];
	struct tm t;

	localtime_r(&when, &t);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &t);
	assert_string_equal(text, expected);
}

static void
R_CERT_1_zone_is_the_services(void **state)
{
	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	expect_local(1653487199, "2022-05-25 22:59:59 JST");
	assert_true(clock_zone("Europe/Berlin"));
	expect_local(1653487199, "2022-05-25 15:59:59 CEST");
	assert_true(clock_zone("UTC"));
	expect_local(1653487199, "2022-05-25 13:59:59 UTC");
	assert_true(clock_zone("Etc/GMT+12"));
	assert_true(clock_zone("America/Argentina/Buenos_Aires"));
}

static void
unknown_zone_is_refused_and_changes_nothing(void **state)
{
	static const char *const names[] = { "", "Asia", "Asia/", "Asia/Tokio",
		"asia/tokyo", "JST-9", "/usr/share/zoneinfo/Asia/Tokyo",
		":Asia/Tokyo", "../zoneinfo/Asia/Tokyo", "Asia/../Asia/Tokyo",
		"Asia/./Tokyo", "Asia/Tokyo ", "Asia/Tokyo\n", "tzdata.zi",
		"zone.tab", "leapseconds", "." };
	char much[300];
	size_t i;

	(void)state;
	memset(much, 'a', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	assert_true(clock_zone("Asia/Tokyo"));
	for (i = 0; i < COUNT(names); i++)
		if (clock_zone(names[i]))
			fail_msg("taken: '%s'", names[i]);
	assert_false(clock_zone(much));
	expect_local(1653487199, "2022-05-25 22:59:59 JST");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wall_clock_is_the_systems),
		cmocka_unit_test(wall_clock_has_milliseconds),
		cmocka_unit_test(monotonic_clock_goes_on_in_microseconds),
		cmocka_unit_test(R_CERT_1_zone_is_the_services),
		cmocka_unit_test(unknown_zone_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
