#include "pki/der.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(...) ((const unsigned char[]){ __VA_ARGS__ })
#define DER(...)                                                               \
	((struct der){ BYTES(__VA_ARGS__), sizeof(BYTES(__VA_ARGS__)) })

static bool
strict(struct der d)
{
	return der_strict(&d, 12);
}

static void
D_03_lengths_have_one_form(void **state)
{
	struct der d;
	struct der content;

	(void)state;
	d = DER(4, 1, 9);
	assert_true(der_take(&d, 4, &content));
	assert_true(der_equal(&content, "\x09", 1) && der_empty(&d));
	assert_false(strict(DER(4, 0x81, 1, 9)));    /* long for short */
	assert_false(strict(DER(4, 0x82, 0, 1, 9))); /* zero first */
	assert_false(strict(DER(4, 0x80, 0, 0)));    /* indefinite */
	assert_false(strict(DER(4, 2, 9)));	     /* over the end */
	assert_false(strict(DER(4)));
	assert_false(strict(DER(0x1f, 0x20, 0))); /* tag of two bytes */
	assert_false(strict((struct der){ BYTES(0), 0 }));
}

static void
D_06_integers_are_minimal(void **state)
{
	const struct {
		struct der d;
		bool good;
		int64_t value;
	} cases[] = {
		{ { BYTES(2, 1, 0), 3 }, true, 0 },
		{ { BYTES(2, 1, 0xff), 3 }, true, -1 },
		{ { BYTES(2, 2, 0, 0x80), 4 }, true, 128 },
		{ { BYTES(2, 2, 0xff, 0x7f), 4 }, true, -129 },
		{ { BYTES(2, 2, 0, 0x7f), 4 }, false, 0 },
		{ { BYTES(2, 2, 0xff, 0x80), 4 }, false, 0 },
		{ { BYTES(2, 0), 2 }, false, 0 },
		{ { BYTES(2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0), 11 }, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct der d = cases[i].d;
		int64_t value = 0;

		assert_int_equal(der_take_small(&d, &value), cases[i].good);
		if (cases[i].good)
			assert_int_equal(value, cases[i].value);
	}
}

static void
D_03_only_sequences_and_sets_are_constructed(void **state)
{
	(void)state;
	assert_true(strict(DER(0x30, 0)));
	assert_true(strict(DER(0x31, 0)));
	assert_true(strict(DER(0xa0, 0)));
	assert_false(strict(DER(0x2c, 2, 0x0c, 0)));
	assert_false(strict(DER(0x10, 0)));
	assert_false(strict(DER(0x11, 0)));
	assert_false(strict(DER(0x00, 0)));
	assert_false(strict(DER(0x05, 1, 0)));
	assert_true(strict(DER(0x01, 1, 0xff)));
	assert_false(strict(DER(0x01, 1, 0x01)));
}

static void
D_05_depth_is_counted(void **state)
{
	(void)state;
	assert_true(der_strict(&DER(0x30, 2, 0x30, 0), 2));
	assert_false(der_strict(&DER(0x30, 2, 0x30, 0), 1));
}

static void
D_10_sets_are_sorted_and_without_repeats(void **state)
{
	(void)state;
	assert_true(strict(DER(0x31, 6, 2, 1, 1, 2, 1, 2)));
	assert_false(strict(DER(0x31, 6, 2, 1, 2, 2, 1, 1)));
	assert_false(strict(DER(0x31, 6, 2, 1, 1, 2, 1, 1)));
}

static void
what_is_taken_may_be_the_reader_itself(void **state)
{
	struct der d = DER(0x30, 3, 2, 1, 7);
	int64_t value;

	(void)state;
	assert_true(der_take(&d, DER_SEQUENCE, &d));
	assert_true(der_take_small(&d, &value) && value == 7);
	assert_true(der_empty(&d));
}

static void
writing_gives_the_shortest_length(void **state)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65530 };
	unsigned char *fill = calloc(1, 65530);

	(void)state;
	assert_non_null(fill);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct der d, content;
		struct buf a, b;
		size_t mark;

		buf_init(&a, 70000);
		buf_init(&b, 70000);
		mark = der_open(&a, DER_OCTET_STRING);
		buf_add(&a, fill, lengths[i]);
		der_close(&a, mark);
		der_put(&b, DER_OCTET_STRING, fill, lengths[i]);
		assert_true(buf_ok(&a) && a.used == b.used);
		assert_memory_equal(a.at, b.at, a.used);
		d = (struct der){ (unsigned char *)a.at, a.used };
		assert_true(der_take(&d, DER_OCTET_STRING, &content));
		assert_int_equal(content.len, lengths[i]);
		buf_free(&a);
		buf_free(&b);
	}
	free(fill);
}

static void
writing_what_does_not_fit_fails(void **state)
{
	struct buf b;
	size_t mark;

	(void)state;
	buf_init(&b, 8);
	mark = der_open(&b, DER_SEQUENCE);
	der_small(&b, INT64_MAX);
	der_close(&b, mark);
	assert_false(buf_ok(&b));
	buf_free(&b);
}

static void
check_time(int64_t unix_s, const char *expected)
{
	struct buf b;

	buf_init(&b, 64);
	der_time(&b, unix_s);
	assert_true(buf_ok(&b));
	assert_string_equal(b.at + 2, expected);
	buf_free(&b);
}

static void
EST_192_times_change_form_in_2050(void **state)
{
	struct buf b;

	(void)state;
	check_time(0, "700101000000Z");
	check_time(2524607999, "491231235959Z");
	check_time(2524608000, "20500101000000Z");
	check_time(253402300799, "99991231235959Z");
	buf_init(&b, 64);
	der_time(&b, 253402300800);
	assert_false(buf_ok(&b));
	buf_free(&b);
}

static void
numbers_are_written_as_they_are_read(void **state)
{
	static const int64_t values[] = { 0, 1, 127, 128, 255, 256, -1, -128,
		-129, INT64_MAX, INT64_MIN };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		struct buf b;
		struct der d;
		int64_t value;

		buf_init(&b, 64);
		der_small(&b, values[i]);
		d = (struct der){ (unsigned char *)b.at, b.used };
		assert_true(der_take_small(&d, &value));
		assert_int_equal(value, values[i]);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(D_03_lengths_have_one_form),
		cmocka_unit_test(D_06_integers_are_minimal),
		cmocka_unit_test(D_03_only_sequences_and_sets_are_constructed),
		cmocka_unit_test(D_05_depth_is_counted),
		cmocka_unit_test(D_10_sets_are_sorted_and_without_repeats),
		cmocka_unit_test(what_is_taken_may_be_the_reader_itself),
		cmocka_unit_test(writing_gives_the_shortest_length),
		cmocka_unit_test(writing_what_does_not_fit_fails),
		cmocka_unit_test(EST_192_times_change_form_in_2050),
		cmocka_unit_test(numbers_are_written_as_they_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
