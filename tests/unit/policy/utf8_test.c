#include "policy/utf8.h"

#include "tests/lib/test.h"

#include <stdbool.h>
#include <unictype.h>

struct span {
	uint32_t first, last;
};

/* Every code point there is: in one of the spans, or not. */
static void
expect_exactly(bool (*is)(uint32_t), const struct span *spans, size_t n)
{
	size_t at = 0;

	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		while (at < n && point > spans[at].last)
			at++;
		if (is(point) != (at < n && point >= spans[at].first))
			fail_msg("U+%04X", (unsigned)point);
	}
}

static void
R_ACC_5_forbidden_is_what_the_rule_names(void **state)
{
	static const struct span spans[] = {
		{ 0x0, 0x1f },
		{ 0x7f, 0x9f },
		{ 0x2028, 0x202e },
		{ 0x2066, 0x2069 },
		{ 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff },
		{ 0xfffe, 0xffff },
		{ 0x1fffe, 0x1ffff },
		{ 0x2fffe, 0x2ffff },
		{ 0x3fffe, 0x3ffff },
		{ 0x4fffe, 0x4ffff },
		{ 0x5fffe, 0x5ffff },
		{ 0x6fffe, 0x6ffff },
		{ 0x7fffe, 0x7ffff },
		{ 0x8fffe, 0x8ffff },
		{ 0x9fffe, 0x9ffff },
		{ 0xafffe, 0xaffff },
		{ 0xbfffe, 0xbffff },
		{ 0xcfffe, 0xcffff },
		{ 0xdfffe, 0xdffff },
		{ 0xefffe, 0xeffff },
		{ 0xffffe, 0xfffff },
		{ 0x10fffe, 0x10ffff },
	};

	(void)state;
	expect_exactly(utf8_forbidden, spans, COUNT(spans));
}

static bool
is_space(uint32_t point)
{
	return utf8_class(point) == UTF8_SPACE;
}

/* White_Space of Unicode 15, and the empty Braille. */
static void
R_ACC_5_spaces_are_of_all_widths(void **state)
{
	static const struct span spans[] = {
		{ 0x20, 0x20 },
		{ 0xa0, 0xa0 },
		{ 0x1680, 0x1680 },
		{ 0x2000, 0x200a },
		{ 0x202f, 0x202f },
		{ 0x205f, 0x205f },
		{ 0x2800, 0x2800 },
		{ 0x3000, 0x3000 },
	};

	(void)state;
	expect_exactly(is_space, spans, COUNT(spans));
}

/* The whole classes, as a library knows them that has its own tables. */
static void
R_ACC_5_hidden_is_all_that_unicode_calls_so(void **state)
{
	static const struct span letters[] = {
		{ '!', '~' },
		{ 0xa1, 0xac },
		{ 0xae, 0x2ff },
		{ 0x3041, 0x3096 }, /* hiragana */
		{ 0x3099, 0x30ff }, /* sound marks, katakana */
		{ 0x4e00, 0x9fff }, /* kanji */
		{ 0xff01, 0xff9f }, /* full-width, half-width kana */
		{ 0x1f300, 0x1f5ff },
		{ 0x20000, 0x2a6df },
	};

	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++)
		if ((uc_is_general_category(point, UC_FORMAT) ||
			uc_is_property_default_ignorable_code_point(point)) &&
		    utf8_class(point) < UTF8_HIDDEN)
			fail_msg("U+%04X can be in a name", (unsigned)point);
	for (size_t i = 0; i < COUNT(letters); i++)
		for (uint32_t p = letters[i].first; p <= letters[i].last; p++)
			if (utf8_class(p) != UTF8_SEEN)
				fail_msg("U+%04X cannot", (unsigned)p);
}

/* Puts a code point into UTF-8 by the table of RFC 3629 3. */
static size_t
put(uint32_t point, char out[4])
{
	static const uint32_t leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t size = point < 0x80	? 1
		      : point < 0x800	? 2
		      : point < 0x10000 ? 3
					: 4;

	for (size_t i = size; i-- > 1; point >>= 6)
		out[i] = (char)(0x80 | (point & 0x3f));
	out[0] = (char)(leads[size] | point);
	return size;
}

static void
every_code_point_is_read_back(void **state)
{
	char text[4];

	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		size_t size = put(point, text), at = 0;
		bool good = point != 0 && (point < 0xd800 || point > 0xdfff);
		uint32_t got = utf8_next(text, size, &at);

		if (got != (good ? point : UTF8_BAD) || at != (good ? size : 0))
			fail_msg("U+%04X", (unsigned)point);
		at = 0;
		if (size > 1)
			assert_int_equal(
			    utf8_next(text, size - 1, &at), UTF8_BAD);
	}
}

/* Of all pairs of bytes only the code points; no lead over F4. */
static void
nothing_else_is_read(void **state)
{
	char text[4];
	size_t good = 0;

	(void)state;
	for (unsigned i = 0; i < 0x10000; i++) {
		size_t at = 0;

		text[0] = (char)(i >> 8);
		text[1] = (char)i;
		good += utf8_next(text, 2, &at) != UTF8_BAD && at == 2;
	}
	assert_int_equal(good, 0x800 - 0x80);
	for (unsigned lead = 0xf5; lead <= 0xff; lead++)
		for (unsigned i = 0; i < 0x40; i++) {
			size_t at = 0;

			text[0] = (char)lead;
			text[1] = (char)(0x80 | i);
			text[2] = text[3] = (char)0x80;
			assert_int_equal(utf8_next(text, 4, &at), UTF8_BAD);
			assert_int_equal(at, 0);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_ACC_5_forbidden_is_what_the_rule_names),
		cmocka_unit_test(R_ACC_5_spaces_are_of_all_widths),
		cmocka_unit_test(R_ACC_5_hidden_is_all_that_unicode_calls_so),
		cmocka_unit_test(every_code_point_is_read_back),
		cmocka_unit_test(nothing_else_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
