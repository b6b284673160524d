#include "base/hex.h"

#include "tests/lib/test.h"

#include <string.h>

static void
every_byte_comes_back_from_its_digits(void **state)
{
	unsigned char all[256], again[256];
	char text[2 * sizeof(all) + 1];

	(void)state;
	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	hex_write(text, all, sizeof(all));
	assert_memory_equal(text, "000102", 6);
	assert_string_equal(text + 2 * 253, "fdfeff");
	assert_true(hex_read(again, sizeof(again), text));
	assert_memory_equal(again, all, sizeof(all));
}

static void
capitals_are_read_and_small_letters_written(void **state)
{
	unsigned char bytes[2];
	char text[5];

	(void)state;
	assert_true(hex_read(bytes, 2, "AbCd"));
	hex_write(text, bytes, 2);
	assert_string_equal(text, "abcd");
}

static void
what_is_no_digit_or_too_short_is_refused(void **state)
{
	static const char *const bad[] = { "", "0", "00", "000", "00g0", "0x00",
		"00 0", "-000", "00:0", "000/", "000G", "0@00", "00`0" };
	unsigned char bytes[2];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(hex_read(bytes, 2, bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_comes_back_from_its_digits),
		cmocka_unit_test(capitals_are_read_and_small_letters_written),
		cmocka_unit_test(what_is_no_digit_or_too_short_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
