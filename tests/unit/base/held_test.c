#include "base/held.h"

#include "tests/lib/test.h"

static void
I_13_counts_what_is_taken_and_given_back(void **state)
{
	size_t before = held_bytes();
	void *at = held_malloc(1000);

	(void)state;
	assert_in_range(held_bytes(), before + 1000, before + 1100);
	at = held_realloc(at, 9000);
	assert_in_range(held_bytes(), before + 9000, before + 9100);
	held_free(at);
	held_free(NULL);
	assert_int_equal(held_bytes(), before);
}

static void
knows_how_much_it_held_at_most_until_that_went_back(void **state)
{
	void *at;

	(void)state;
	held_give_back();
	assert_int_equal(held_less(), 0);
	at = held_malloc(5000);
	assert_int_equal(held_less(), 0);
	held_free(at);
	assert_in_range(held_less(), 5000, 5100);
	held_give_back();
	assert_int_equal(held_less(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(I_13_counts_what_is_taken_and_given_back),
		cmocka_unit_test(
		    knows_how_much_it_held_at_most_until_that_went_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
