#include "policy/ending.h"

#include "tests/lib/test.h"

#define NOT_AFTER 1685026799
#define DAY_S (24 * 60 * 60)

static void
F_82_each_step_begins_so_many_days_before(void **state)
{
	static const struct {
		int days;
		enum ending before, from;
	} steps[] = {
		{ 90, ENDING_FAR, ENDING_90 },
		{ 30, ENDING_90, ENDING_30 },
		{ 7, ENDING_30, ENDING_7 },
		{ 1, ENDING_7, ENDING_1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		time_t at = NOT_AFTER - steps[i].days * DAY_S;

		assert_int_equal(ending_of(NOT_AFTER, at - 1), steps[i].before);
		assert_int_equal(ending_of(NOT_AFTER, at), steps[i].from);
	}
}

static void
F_82_the_last_second_is_a_good_one(void **state)
{
	(void)state;
	assert_int_equal(ending_of(NOT_AFTER, NOT_AFTER), ENDING_1);
	assert_int_equal(ending_of(NOT_AFTER, NOT_AFTER + 1), ENDING_ENDED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F_82_each_step_begins_so_many_days_before),
		cmocka_unit_test(F_82_the_last_second_is_a_good_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
