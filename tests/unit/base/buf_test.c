/* FAKES: bzero */
#include "base/buf.h"

#include "tests/lib/test.h"
#include "tests/lib/fake_bzero.h"

#include <string.h>

static void
starts_empty_without_memory(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_null(b.at);
	assert_int_equal(b.used, 0);
	assert_true(buf_ok(&b));
	buf_add(&b, NULL, 0);
	buf_text(&b, "");
	buf_printf(&b, "%s", "");
	assert_null(b.at);
	assert_true(buf_ok(&b));
	buf_free(&b);
	buf_free(&b);
}

static void
fills_to_the_ceiling_and_no_further(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_text(&b, "abcd");
	buf_byte(&b, 'e');
	assert_true(buf_ok(&b));
	assert_int_equal(b.used, 5);
	assert_string_equal(b.at, "abcde");
	buf_byte(&b, 'f');
	assert_false(buf_ok(&b));
	assert_int_equal(b.used, 5);
	assert_string_equal(b.at, "abcde");
	assert_true(b.room <= 6);
	buf_free(&b);
}

static void
takes_nothing_after_a_failure(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_text(&b, "ab");
	buf_text(&b, "too long");
	buf_text(&b, "c"); /* would fit, and make a message with a hole */
	buf_printf(&b, "%d", 1);
	assert_false(buf_ok(&b));
	assert_string_equal(b.at, "ab");
	buf_clear(&b);
	assert_true(buf_ok(&b));
	assert_string_equal(b.at, "");
	buf_text(&b, "new");
	assert_string_equal(b.at, "new");
	buf_free(&b);
}

static void
ceiling_of_zero_takes_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_add(&b, "", 0);
	assert_true(buf_ok(&b));
	buf_byte(&b, 'a');
	assert_false(buf_ok(&b));
	assert_null(b.at);
	buf_free(&b);
}

static void
huge_length_fails_instead_of_wrapping(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_text(&b, "abc");
	buf_add(&b, "x", SIZE_MAX - 1);
	assert_false(buf_ok(&b));
	assert_string_equal(b.at, "abc");
	buf_free(&b);
}

static void
grows_and_keeps_what_it_has(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100000);
	for (i = 0; i < 100000; i++) {
		buf_byte(&b, (unsigned char)(i % 251));
		assert_int_equal(b.at[b.used], '\0');
	}
	assert_true(buf_ok(&b));
	for (i = 0; i < 100000; i++)
		assert_int_equal((unsigned char)b.at[i], i % 251);
	assert_int_equal(b.room, 100001);
	buf_byte(&b, 0);
	assert_false(buf_ok(&b));
	buf_free(&b);
}

static void
bytes_may_be_zero(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 16);
	buf_add(&b, "a\0b", 3);
	buf_byte(&b, 0);
	assert_int_equal(b.used, 4);
	assert_memory_equal(b.at, "a\0b\0", 5);
	buf_free(&b);
}

static void
printf_fits_exactly_or_not_at_all(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 6);
	buf_printf(&b, "%03d", 7);
	buf_printf(&b, "%s", "abc");
	assert_true(buf_ok(&b));
	assert_string_equal(b.at, "007abc");
	buf_clear(&b);
	buf_printf(&b, "%d", 1234567);
	assert_false(buf_ok(&b));
	assert_int_equal(b.used, 0);
	buf_free(&b);
}

static void
clear_keeps_the_room_and_wipes_it(void **state)
{
	struct buf b;
	size_t room, i;
	char *at;

	(void)state;
	buf_init(&b, 1000);
	buf_text(&b, "a secret of some length");
	at = b.at;
	room = b.room;
	buf_clear(&b);
	assert_ptr_equal(b.at, at);
	assert_int_equal(b.room, room);
	assert_int_equal(b.used, 0);
	for (i = 0; i < strlen("a secret of some length"); i++)
		assert_int_equal(at[i], 0);
	buf_free(&b);
	assert_null(b.at);
	assert_int_equal(b.ceiling, 1000);
}

static void
growing_and_freeing_leave_nothing_behind(void **state)
{
	struct buf b;
	size_t before;

	(void)state;
	buf_init(&b, 100000);
	buf_text(&b, "secret");
	wipe_count();
	do {
		before = b.used;
		buf_byte(&b, 'x');
	} while (wipe_count() == 0 && b.used < 100000);
	assert_in_range(before, 7, 5000); /* it grew, and wiped the old one */
	before = b.used;
	buf_free(&b);
	assert_true(wipe_count() >= before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_empty_without_memory),
		cmocka_unit_test(fills_to_the_ceiling_and_no_further),
		cmocka_unit_test(takes_nothing_after_a_failure),
		cmocka_unit_test(ceiling_of_zero_takes_nothing),
		cmocka_unit_test(huge_length_fails_instead_of_wrapping),
		cmocka_unit_test(grows_and_keeps_what_it_has),
		cmocka_unit_test(bytes_may_be_zero),
		cmocka_unit_test(printf_fits_exactly_or_not_at_all),
		cmocka_unit_test(clear_keeps_the_room_and_wipes_it),
		cmocka_unit_test(growing_and_freeing_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
