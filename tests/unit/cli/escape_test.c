#include "cli/escape.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

static void
expect(const char *text, const char *shown)
{
	char *escaped = escape_text(text);

	assert_string_equal(escaped, shown);
	free(escaped);
}

static void
X_12_what_moves_the_cursor_is_shown_not_done(void **state)
{
	(void)state;
	expect("\x1b[2J", "\\x1b[2J");
	expect("a\r\nb\tc\x7f", "a\\x0d\\x0ab\\x09c\\x7f");
	expect("\xc2\x9b"
	       "2J",
	    "\\u009b2J");	       /* CSI of C1 */
	expect("\xc2\x85", "\\u0085"); /* next line */
}

static void
X_12_json_keeps_its_letters_and_escapes_what_does_harm(void **state)
{
	char *escaped = escape_json("{\n  \"a\": \"\u5c71\u7530 "
				    "\u00e9\x7f\xc2\x9b\u202e\"\n}");

	(void)state;
	assert_string_equal(escaped,
	    "{\n  \"a\": \"\u5c71\u7530 \u00e9\\u007f\\u009b\\u202e\"\n}");
	free(escaped);
}

static void
X_12_what_turns_or_hides_text_is_shown(void **state)
{
	(void)state;
	expect("a\xe2\x80\xae"
	       "b",
	    "a\\u202eb");		   /* right-to-left override */
	expect("\xe2\x81\xa6", "\\u2066"); /* isolate */
	expect("\xe2\x80\x8b", "\\u200b"); /* zero width space */
	expect("\xef\xbb\xbf", "\\ufeff");
}

static void
X_12_what_is_no_utf8_is_shown_byte_by_byte(void **state)
{
	(void)state;
	expect("\x9b"
	       "2J",
	    "\\x9b2J");
	expect("a\xff"
	       "b",
	    "a\\xffb");
	expect("\xe5\xb1", "\\xe5\\xb1");	   /* cut */
	expect("\xc0\x9b", "\\xc0\\x9b");	   /* overlong ESC */
	expect("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogate */
}

static void
names_stay_as_they_are(void **state)
{
	(void)state;
	expect("", "");
	expect("山田　太郎", "山田　太郎");
	expect("O'Brien \\ x", "O'Brien \\ x");
	expect("\xf0\xa0\xae\xb7", "\xf0\xa0\xae\xb7"); /* U+20BB7 */
}

static void
wide_letters_count_twice(void **state)
{
	(void)state;
	assert_int_equal(escape_width(""), 0);
	assert_int_equal(escape_width("abc"), 3);
	assert_int_equal(escape_width("山田"), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(X_12_what_moves_the_cursor_is_shown_not_done),
		cmocka_unit_test(
		    X_12_json_keeps_its_letters_and_escapes_what_does_harm),
		cmocka_unit_test(X_12_what_turns_or_hides_text_is_shown),
		cmocka_unit_test(X_12_what_is_no_utf8_is_shown_byte_by_byte),
		cmocka_unit_test(names_stay_as_they_are),
		cmocka_unit_test(wide_letters_count_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
