#include "issuer/ceiling.h"

#include "tests/lib/test.h"

#include <stdlib.h>

#define SECOND_US INT64_C(1000000)
#define START_US (INT64_C(1000) * SECOND_US)

/* How many there may be at this moment. */
static unsigned
taken(struct ceiling *c, int64_t now_us)
{
	unsigned n = 0;

	while (ceiling_take(c, now_us))
		n++;
	return n;
}

static void
T8_any_minute_has_so_many_and_no_more(void **state)
{
	struct ceiling *c = ceiling_new(6);

	(void)state;
	assert_true(ceiling_take(c, START_US));
	assert_int_equal(taken(c, START_US + 50 * SECOND_US), 5);
	assert_int_equal(taken(c, START_US + 60 * SECOND_US - 1), 0);
	assert_int_equal(taken(c, START_US + 60 * SECOND_US), 1);
	assert_int_equal(taken(c, START_US + 109 * SECOND_US), 0);
	assert_int_equal(taken(c, START_US + 110 * SECOND_US), 5);
	assert_int_equal(taken(c, START_US + 500 * SECOND_US), 6);
	ceiling_free(c);
}

static void
T8_one_a_minute_is_one_a_minute(void **state)
{
	struct ceiling *c = ceiling_new(1);

	(void)state;
	for (int64_t us = START_US; us < START_US + 600 * SECOND_US;
	     us += 60 * SECOND_US)
		assert_int_equal(taken(c, us), 1);
	ceiling_free(c);
}

static void
what_was_refused_is_told_once_a_minute(void **state)
{
	struct ceiling *c = ceiling_new(2);

	(void)state;
	assert_int_equal(taken(c, START_US), 2); /* the third is refused */
	assert_int_equal(ceiling_to_tell(c, START_US), 1);
	for (int64_t s = 1; s < 50; s++) {
		assert_false(ceiling_take(c, START_US + s * SECOND_US));
		assert_int_equal(
		    ceiling_to_tell(c, START_US + s * SECOND_US), 0);
	}
	assert_int_equal(ceiling_to_tell(c, START_US + 60 * SECOND_US), 49);
	assert_int_equal(ceiling_to_tell(c, START_US + 600 * SECOND_US), 0);
	ceiling_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(T8_any_minute_has_so_many_and_no_more),
		cmocka_unit_test(T8_one_a_minute_is_one_a_minute),
		cmocka_unit_test(what_was_refused_is_told_once_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
