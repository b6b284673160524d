#include "base/rate.h"

#include "tests/lib/test.h"

#include <stdlib.h>

#define SECOND_US INT64_C(1000000)
#define START_US (INT64_C(1000) * SECOND_US)

/* How often it may at this moment. */
static unsigned
taken(struct rate *r, uint64_t who, int64_t now_us)
{
	unsigned n = 0;

	while (rate_take(r, who, now_us))
		n++;
	return n;
}

static void
a_minute_has_so_many_and_no_more(void **state)
{
	struct rate *r = rate_new(60);

	(void)state;
	assert_int_equal(taken(r, 7, START_US), 60);
	assert_int_equal(taken(r, 7, START_US + SECOND_US / 2), 0);
	assert_int_equal(taken(r, 7, START_US + 10 * SECOND_US), 10);
	assert_int_equal(taken(r, 7, START_US + 600 * SECOND_US), 60);
	rate_free(r);
}

static void
each_has_its_own(void **state)
{
	struct rate *r = rate_new(6);

	(void)state;
	for (uint64_t who = 0; who < 100; who++)
		assert_int_equal(taken(r, who, START_US), 6);
	rate_free(r);
}

/* A million others come once each; who came too often stays known. */
static void
T1_a_crowd_does_not_set_free_who_comes_too_often(void **state)
{
	struct rate *r = rate_new(60);

	(void)state;
	assert_int_equal(taken(r, UINT64_MAX, START_US), 60);
	for (uint64_t who = 1; who < 1000000; who++)
		rate_take(r, who, START_US);
	assert_int_equal(taken(r, UINT64_MAX, START_US), 0);
	rate_free(r);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_minute_has_so_many_and_no_more),
		cmocka_unit_test(each_has_its_own),
		cmocka_unit_test(
		    T1_a_crowd_does_not_set_free_who_comes_too_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
