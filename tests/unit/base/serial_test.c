#include "base/serial.h"

#include "tests/lib/test.h"

static void
short_numbers_have_zeros_in_front(void **state)
{
	static const struct serial padded = { { [SERIAL_SIZE - 2] = 1, 2 } };
	struct serial s;

	(void)state;
	assert_true(serial_read(&s, "\1\2", 2));
	assert_true(serial_equal(&s, &padded));
	assert_false(serial_none(&s));
}

static void
what_is_none_of_ours_is_none(void **state)
{
	static const unsigned char number[SERIAL_SIZE + 1] = { 1 };
	struct serial s;

	(void)state;
	assert_true(serial_read(&s, number, SERIAL_SIZE));
	assert_false(serial_none(&s));
	assert_false(serial_read(&s, number, SERIAL_SIZE + 1));
	assert_true(serial_none(&s));
	assert_false(serial_read(&s, number, 0));
	assert_true(serial_none(&s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_numbers_have_zeros_in_front),
		cmocka_unit_test(what_is_none_of_ours_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
