#include "auth/yield.h"

#include "tests/lib/test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MS INT64_C(1000)
#define START_US (INT64_C(1000003) * 1000 * MS)

/* Looks `times`; the first at `*at_us`, which goes on. What the last said. */
static bool
look(struct yield *y, unsigned waiting, int64_t age_ms, unsigned times,
    int64_t *at_us)
{
	bool yields = y->yields;

	for (unsigned i = 0; i < times; i++) {
		struct pool_view view = { .working = age_ms > 0,
			.waiting = waiting,
			.oldest_us = age_ms > 0 ? *at_us - age_ms * MS : 0 };

		yields = yield_look(y, &view, *at_us);
		*at_us += YIELD_LOOK_MS * MS;
	}
	return yields;
}

static void
I_13_it_yields_while_more_log_in_than_it_can_look_at(void **state)
{
	struct yield y = { 0 };
	int64_t at_us = START_US;

	(void)state;
	assert_false(look(&y, 0, 10, 1000, &at_us));
	assert_false(look(&y, 1, 10, YIELD_CROWDED - 1, &at_us));
	assert_false(look(&y, 0, 10, 1, &at_us));
	assert_false(look(&y, 1, 10, YIELD_CROWDED - 1, &at_us));
	assert_true(look(&y, 1, 10, 1, &at_us));
	assert_true(look(&y, 9, YIELD_LATE_MS, 1000, &at_us));
	assert_true(look(&y, 0, 10, YIELD_ALONE - 1, &at_us));
	assert_true(look(&y, 1, 10, 1, &at_us));
	assert_true(look(&y, 0, 0, YIELD_ALONE - 1, &at_us));
	assert_false(look(&y, 0, 0, 1, &at_us));
}

/* A renewal shall not be the first to feel it. */
static void
I_13_it_yields_to_a_flood_at_once(void **state)
{
	struct yield y = { 0 };
	int64_t at_us = START_US;

	(void)state;
	assert_false(look(&y, YIELD_MANY - 1, 10, 1, &at_us));
	assert_true(look(&y, YIELD_MANY, 10, 1, &at_us));
	assert_false(look(&y, YIELD_MANY, YIELD_LATE_MS + 1, 1, &at_us));
	assert_false(look(&y, YIELD_MANY, 10, 1, &at_us));
}

/* Others take all cores: a tenth of them is too little for one password. */
static void
I_13_it_does_not_yield_while_somebody_waits_long(void **state)
{
	struct yield y = { 0 };
	int64_t at_us = START_US;
	unsigned held = YIELD_HOLD_S * 1000 / YIELD_LOOK_MS;

	(void)state;
	assert_true(look(&y, 1, 10, YIELD_CROWDED, &at_us));
	assert_false(look(&y, 1, YIELD_LATE_MS + 1, 1, &at_us));
	assert_false(look(&y, 1, 10, held - 1, &at_us));
	assert_true(look(&y, 1, 10, 1, &at_us));
}

/* A file, and one that takes nothing. */
static void
I_13_the_kernel_is_told(void **state)
{
	char said[8] = "";
	int ends[2], nowhere = open("/dev/full", O_WRONLY);
	struct yield y = { .yields = true };

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_true(yield_tell(&y, ends[1]));
	y.yields = false;
	assert_true(yield_tell(&y, ends[1]));
	assert_int_equal(read(ends[0], said, sizeof(said)), 3);
	assert_string_equal(said, "100");
	while (write(ends[1], said, sizeof(said)) > 0)
		;
	while (write(ends[1], said, 1) > 0)
		;
	assert_false(yield_tell(&y, ends[1])); /* EAGAIN */
	assert_true(yield_tell(&y, nowhere));  /* it never will */
	close(ends[0]);
	close(ends[1]);
	close(nowhere);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    I_13_it_yields_while_more_log_in_than_it_can_look_at),
		cmocka_unit_test(I_13_it_yields_to_a_flood_at_once),
		cmocka_unit_test(
		    I_13_it_does_not_yield_while_somebody_waits_long),
		cmocka_unit_test(I_13_the_kernel_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
