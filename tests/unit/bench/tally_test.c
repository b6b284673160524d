#include "bench/tally.h"

#include "tests/lib/test.h"

static void
percentiles_are_nearest_rank(void **state)
{
	struct tally t = { 0 };

	(void)state;
	for (uint64_t ms = 1000; ms >= 1; ms--) /* the order does not matter */
		tally_latency(&t, ms * 1000000);
	tally_sort(&t);
	assert_int_equal(tally_percentile_ms(&t, 0.5), 500);
	assert_int_equal(tally_percentile_ms(&t, 0.99), 990);
	assert_int_equal(tally_percentile_ms(&t, 0.999), 999);
	assert_int_equal(tally_percentile_ms(&t, 1), 1000);
	tally_free(&t);
}

static void
one_latency_is_every_percentile(void **state)
{
	struct tally t = { 0 };

	(void)state;
	tally_latency(&t, 7000000);
	tally_sort(&t);
	assert_int_equal(tally_percentile_ms(&t, 0.5), 7);
	assert_int_equal(tally_percentile_ms(&t, 0.001), 7);
	assert_int_equal(tally_percentile_ms(&t, 1), 7);
	tally_free(&t);
}

static void
no_latency_is_zero(void **state)
{
	struct tally t = { 0 };

	(void)state;
	tally_sort(&t);
	assert_int_equal(tally_percentile_ms(&t, 0.99), 0);
	tally_free(&t);
}

static void
latencies_beyond_the_type_stay_large(void **state)
{
	struct tally t = { 0 };

	(void)state;
	tally_latency(&t, UINT64_MAX);
	tally_sort(&t);
	assert_true(tally_percentile_ms(&t, 1) > 4e6);
	tally_free(&t);
}

static void
errors_are_wrong_statuses_and_troubles(void **state)
{
	struct tally t = { .good = 5, .wrong_status = 2 };

	(void)state;
	t.trouble[TALLY_LATE] = 3;
	t.trouble[TALLY_CONNECT] = 1;
	assert_int_equal(tally_errors(&t), 6);
	assert_int_equal(tally_finished(&t), 11);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_nearest_rank),
		cmocka_unit_test(one_latency_is_every_percentile),
		cmocka_unit_test(no_latency_is_zero),
		cmocka_unit_test(latencies_beyond_the_type_stay_large),
		cmocka_unit_test(errors_are_wrong_statuses_and_troubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
