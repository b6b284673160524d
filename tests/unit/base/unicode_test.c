#include "base/unicode.h"

#include "tests/lib/test.h"

#include <string.h>

static void
expect_nfc(const char *text, const char *expected)
{
	char out[128];

	assert_true(unicode_nfc(text, strlen(text), out, sizeof(out)));
	assert_string_equal(out, expected);
}

static void
R_ACC_5_accents_and_letters_become_one(void **state)
{
	(void)state;
	expect_nfc("", "");
	expect_nfc("Yamada", "Yamada");
	/* u + combining diaeresis */
	expect_nfc("Mu\xcc\x88ller", "M\xc3\xbcller");
	expect_nfc("M\xc3\xbcller", "M\xc3\xbcller");
	/* ka + combining dakuten = ga */
	expect_nfc("\xe3\x81\x8b\xe3\x82\x99", "\xe3\x81\x8c");
	/* Hangul jamo become a syllable. */
	expect_nfc("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c");
	/* Marks in canonical order: dot below before acute. */
	expect_nfc("q\xcc\x81\xcc\xa3", "q\xcc\xa3\xcc\x81");
}

/* NFC, not NFKC: what looks different stays different (J-05). */
static void
J_05_width_and_compatibility_forms_stay(void **state)
{
	(void)state;
	expect_nfc("\xef\xbe\x94", "\xef\xbe\x94"); /* half-width ya */
	expect_nfc("\xef\xbc\xa1", "\xef\xbc\xa1"); /* full-width A */
	expect_nfc("\xe3\x88\xb1", "\xe3\x88\xb1"); /* U+3231 (kabu) */
}

static void
C_44_a_character_that_is_kept_as_another_is_found(void **state)
{
	static const char *const same[] = { "", "Yamada", "\xe7\xa6\x8f",
		"Mu\xcc\x88ller",	    /* an accent joins its letter */
		"\xe3\x81\x8b\xe3\x82\x99", /* ka + dakuten */
		"\xed\x95\x9c", "\xe3\x88\xb1" }; /* a syllable; U+3231 */
	static const char *const other[] = {
		"\xef\xa8\x9b\xe7\x94\xb0", /* U+FA1B */
		"x\xef\xa8\x99",	    /* U+FA19 */
		"\xe2\x84\xab",		    /* Angstrom sign */
		"\xf0\xaf\xa0\x80",	    /* U+2F800 */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++)
		assert_false(unicode_is_replaced(same[i], strlen(same[i])));
	for (size_t i = 0; i < COUNT(other); i++)
		assert_true(unicode_is_replaced(other[i], strlen(other[i])));
}

static void
R_ACC_5_text_that_is_not_utf8_is_refused(void **state)
{
	static const char *const bad[] = { "\xff", "\xc0\xaf", "a\xe3\x81",
		"\xed\xa0\x80", "\xf4\x90\x80\x80" };
	char out[16];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		memset(out, 0x23, sizeof(out));
		assert_false(
		    unicode_nfc(bad[i], strlen(bad[i]), out, sizeof(out)));
		assert_string_equal(out, "");
	}
	assert_false(unicode_nfc("a\0b", 3, out, sizeof(out)));
}

/* U+1D160 is the code point that NFC makes longest: 4 bytes become 12. */
static void
result_that_does_not_fit_is_refused_whole(void **state)
{
	static const char note[] = "\xf0\x9d\x85\xa0";
	char out[16];

	(void)state;
	assert_true(unicode_nfc(note, 4, out, 13));
	assert_int_equal(strlen(out), 12);
	memset(out, '#', sizeof(out));
	assert_false(unicode_nfc(note, 4, out, 12));
	assert_string_equal(out, "");
	assert_int_equal(out[12], '#');
	assert_false(unicode_nfc("a", 1, out, 1));
	assert_true(unicode_nfc("", 0, out, 1));
	assert_string_equal(out, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_ACC_5_accents_and_letters_become_one),
		cmocka_unit_test(J_05_width_and_compatibility_forms_stay),
		cmocka_unit_test(
		    C_44_a_character_that_is_kept_as_another_is_found),
		cmocka_unit_test(R_ACC_5_text_that_is_not_utf8_is_refused),
		cmocka_unit_test(result_that_does_not_fit_is_refused_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
