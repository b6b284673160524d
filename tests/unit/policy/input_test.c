#include "policy/input.h"

#include "tests/lib/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KANJI "\xe5\xb1\xb1"
#define KANJI5 KANJI KANJI KANJI KANJI KANJI
#define CLEF "\xf0\x9d\x84\x9e" /* U+1D11E, four bytes */
#define CLEF5 CLEF CLEF CLEF CLEF CLEF
#define A10 "aaaaaaaaaa"

typedef const char *(*judge)(const char *text, size_t len);

/* Copies the text, so that a byte read behind it shows under ASan. */
static const char *
judged(judge j, const char *text, size_t len)
{
	char *copy = malloc(len == 0 ? 1 : len);
	const char *wrong;

	assert_non_null(copy);
	memcpy(copy, text, len);
	wrong = j(copy, len);
	free(copy);
	return wrong;
}

static void
expect_good(judge j, const char *text)
{
	const char *wrong = judged(j, text, strlen(text));

	if (wrong != NULL)
		fail_msg("refused: '%s' %s", text, wrong);
}

static void
expect_bad(judge j, const char *text)
{
	if (judged(j, text, strlen(text)) == NULL)
		fail_msg("taken: '%s'", text);
}

/* The sentence says why. */
static void
expect_because(judge j, const char *text, const char *why)
{
	const char *wrong = judged(j, text, strlen(text));

	if (wrong == NULL || strstr(wrong, why) == NULL)
		fail_msg("'%s': %s, not %s", text,
		    wrong == NULL ? "taken" : wrong, why);
}

static void
R_ACC_1_contract_is_8_digits(void **state)
{
	(void)state;
	expect_good(input_contract, "00000000");
	expect_good(input_contract, "12345678");
	expect_bad(input_contract, "");
	expect_bad(input_contract, "1234567");
	expect_bad(input_contract, "123456789");
	expect_bad(input_contract, "1234567a");
	expect_bad(input_contract, "1234567 ");
	expect_bad(input_contract, "-1234567");
	assert_non_null(judged(input_contract, "1234567\0", 8));
}

static void
R_ACC_3_user_id_is_6_to_12_letters_and_digits(void **state)
{
	(void)state;
	expect_good(input_user_id, "abcde1");
	expect_good(input_user_id, "1ABCDE");
	expect_good(input_user_id, "Abcdefghijk1");
	expect_good(input_user_id, "12345678901z");
	expect_because(input_user_id, "", "6 to 12");
	expect_because(input_user_id, "abcd1", "6 to 12");
	expect_because(input_user_id, "abcdefghijkl1", "6 to 12");
	expect_because(input_user_id, "abcdef", "digit");
	expect_because(input_user_id, "123456", "letter");
	expect_because(input_user_id, "abcde-1", "ASCII");
	expect_because(input_user_id, "abcde 1", "ASCII");
	expect_because(input_user_id, "a{b}c1", "ASCII");
	expect_because(input_user_id, "a:b;c1", "ASCII");
	/* Full-width, which the caller folds first. */
	expect_because(input_user_id,
	    "\xef\xbd\x81"
	    "bcde1",
	    "ASCII");
	assert_non_null(judged(input_user_id, "abcde1\0", 7));
	assert_non_null(judged(input_user_id, "abcde1\n", 7));
}

static const char *
password(const char *text, size_t len)
{
	static const struct input_policy p = { 8, 12 };

	return input_password(&p, text, len);
}

static void
R_ACC_4_password_has_8_to_12_of_four_classes(void **state)
{
	(void)state;
	expect_good(password, "xK7-pmrq");
	expect_good(password, "xK7-pmrqvwzt");
	expect_because(password, "", "8 to 12");
	expect_because(password, "xK7-pmr", "8 to 12");
	expect_because(password, "xK7-pmrqvwzts", "8 to 12");
	expect_because(password, "xk7-pmrq", "upper-case");
	expect_because(password, "XK7-PMRQ", "lower-case");
	expect_because(password, "xKz-pmrq", "digit");
	expect_because(password, "xK7zpmrq", "symbol");
}

static void
R_ACC_4_every_printable_symbol_counts_but_not_the_space(void **state)
{
	char text[] = "xK7?pmrq";

	(void)state;
	for (int c = 0; c < 256; c++) {
		bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z');
		bool symbol = c > 0x20 && c < 0x7f && !alnum;

		text[3] = (char)c;
		assert_int_equal(judged(password, text, 8) == NULL, symbol);
	}
	expect_because(password, "xK7- pmrq", "spaces");
	/* Eight letters to who types it, twenty-four bytes to us. */
	expect_because(password,
	    "\xef\xbd\x81\xef\xbd\x81\xef\xbd\x81\xef\xbd"
	    "\x81\xef\xbd\x81\xef\xbd\x81",
	    "ASCII");
}

static void
R_ACC_4_both_bounds_are_settings(void **state)
{
	struct input_policy p = { .password_min = 10, .password_max = 128 };
	char text[130] = "xK7-";

	(void)state;
	memset(text + 4, 'q', sizeof(text) - 5);
	assert_non_null(input_password(&p, text, 9));
	assert_null(input_password(&p, text, 10));
	assert_null(input_password(&p, text, 128));
	assert_string_equal(
	    input_password(&p, text, 129), "must be 10 to 128 characters");
	p.password_min = 128;
	assert_string_equal(
	    input_password(&p, text, 127), "must be exactly 128 characters");
}

static void
R_ACC_4_initial_password_has_exactly_8(void **state)
{
	(void)state;
	expect_good(input_initial_password, "xK7-pmrq");
	expect_because(input_initial_password, "xK7-pmr", "exactly 8");
	expect_because(input_initial_password, "xK7-pmrqv", "exactly 8");
	expect_because(input_initial_password, "xK7zpmrq", "symbol");
}

static void
A_05_huge_password_is_refused_by_its_length(void **state)
{
	size_t len = 1 << 20;
	char *huge = malloc(len);

	(void)state;
	assert_non_null(huge);
	memset(huge, 'x', len);
	assert_non_null(strstr(password(huge, len), "8 to 12"));
	free(huge);
}

static void
J_08_passwords_that_everybody_tries_are_refused(void **state)
{
	static const char *const bad[] = { "Passw0rd!", "P@ssw0rd", "P@ssw0rd1",
		"Pa$$w0rd", "Password1!", "!Password1", "Password@123",
		"PassWord#24", "Welcome1!", "W3lc0me!", "Qwerty1!", "Admin@123",
		"Abcd1234!", "Abc12345!", "Aa123456!", "1qaz@WSX", "!QAZ2wsx",
		"1qaz!QAZ", "Zaq1@wsx", "1q2w#E$R", "Qwer!234", "Summer2026!",
		"Koshin-2026", "L3tm31n!!" };
	static const char *const good[] = { "xK7-pmrq", "Sample-001",
		"Mt.Fuji3776", "Passworm1!", "myPassw0rd!", "Qwerty1!zz",
		"A1!a2@b3#c" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		expect_because(password, bad[i], "everybody");
	for (size_t i = 0; i < COUNT(good); i++)
		expect_good(password, good[i]);
}

static void
R_ACC_5_name_is_1_to_20_code_points(void **state)
{
	(void)state;
	expect_good(input_name, "A");
	expect_good(input_name, KANJI);
	expect_good(input_name, A10 A10);
	expect_good(input_name, KANJI5 KANJI5 KANJI5 KANJI5);
	expect_good(input_name, CLEF5 CLEF5 CLEF5 CLEF5);
	expect_because(input_name, "", "empty");
	expect_because(input_name, A10 A10 "a", "20");
	expect_because(input_name, KANJI5 KANJI5 KANJI5 KANJI5 "a", "20");
	expect_because(input_name, CLEF5 CLEF5 CLEF5 CLEF5 CLEF, "20");
	expect_because(input_name, CLEF5 CLEF5 CLEF5 CLEF5 "a", "20");
}

static void
R_ACC_1_the_name_of_a_contract_has_255_bytes(void **state)
{
	char title[INPUT_TITLE_BYTES + 2];

	(void)state;
	memset(title, 'a', sizeof(title));
	title[INPUT_TITLE_BYTES + 1] = '\0';
	expect_because(input_title, title, "255");
	title[INPUT_TITLE_BYTES] = '\0';
	expect_good(input_title, title);
	expect_good(input_title, "");
	expect_good(input_title, KANJI5 KANJI5 KANJI5 KANJI5 KANJI5);
	expect_because(input_title, "\xe6", "UTF-8");
}

static void
X_04_a_reason_is_one_line_that_says_something(void **state)
{
	char reason[258];

	(void)state;
	expect_good(input_reason, "by phone");
	expect_good(input_reason, KANJI5);
	expect_because(input_reason, "", "must say why");
	expect_because(input_reason, "  ", "must say why");
	expect_because(input_reason, "\xe3\x80\x80", "must say why");
	expect_because(input_reason, "a\nb", "control");
	expect_because(input_reason, "\xe2\x80\xae", "direction");
	expect_because(input_reason, "\xe6", "UTF-8");
	memset(reason, 'x', sizeof(reason));
	reason[256] = '\0';
	expect_because(input_reason, reason, "255");
	reason[255] = '\0';
	expect_good(input_reason, reason);
}

static void
J_05_all_forms_of_letters_are_names(void **state)
{
	(void)state;
	expect_good(input_name, "Yamada Taro");
	expect_good(input_name, "O'Brien-M\xc3\xbcller Jr.");
	/* Half-width kana, full-width Latin, combining dakuten. */
	expect_good(input_name, "\xef\xbe\x94\xef\xbe\x8f");
	expect_good(
	    input_name, "\xef\xbc\xb9\xef\xbd\x81\xe3\x80\x80\xef\xbd\x81");
	expect_good(input_name, "\xe3\x81\x8b\xe3\x82\x99");
	/* Shown as text, so nothing has to be refused (J-12, S-13). */
	expect_good(input_name, "<script>");
	expect_good(input_name, "=cmd()%s%n");
}

static void
R_ACC_5_control_characters_are_refused(void **state)
{
	static const char *const bad[] = { "\x01", "\t", "\n", "\r", "\x1f",
		"\x7f", "\xc2\x80", "\xc2\x85", "\xc2\x9f", "\xe2\x80\xa8",
		"\xe2\x80\xa9",					/* 2028-2029 */
		"\xe2\x80\xaa", "\xe2\x80\xac", "\xe2\x80\xae", /* 202A-202E */
		"\xe2\x81\xa6", "\xe2\x81\xa9",			/* 2066-2069 */
		"\xef\xb7\x90", "\xef\xb7\xaf",			/* FDD0-FDEF */
		"\xef\xbb\xbf",					/* FEFF */
		"\xef\xbf\xbe", "\xef\xbf\xbf", "\xf0\x9f\xbf\xbe",
		"\xf4\x8f\xbf\xbf" };
	static const char *const beside[] = { "\xc2\xa0", "\xe2\x80\xa7",
		"\xe2\x80\xaf", "\xef\xb7\x8f", "\xef\xb7\xb0", "\xef\xbb\xbe",
		"\xef\xbc\x80", "\xef\xbf\xbd", "\xf0\x9f\xbf\xbd" };
	char name[16];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(name, sizeof(name), "a%sb", bad[i]);
		expect_because(input_name, name, "control");
		expect_because(input_title, name, "control");
	}
	for (size_t i = 0; i < COUNT(beside); i++) {
		snprintf(name, sizeof(name), "a%sb", beside[i]);
		expect_good(input_name, name);
	}
	assert_non_null(judged(input_name, "a\0b", 3));
}

/* With one of these two accounts have the same name to who reads it. */
static void
R_ACC_5_characters_that_cannot_be_seen_are_refused(void **state)
{
	static const char *const bad[] = {
		"\xc2\xad",	    /* soft hyphen */
		"\xd8\x9c",	    /* Arabic letter mark */
		"\xe2\x80\x8b",	    /* zero-width space */
		"\xe2\x80\x8c",	    /* zero-width non-joiner */
		"\xe2\x80\x8d",	    /* zero-width joiner */
		"\xe2\x80\x8e",	    /* left-to-right mark */
		"\xe2\x80\x8f",	    /* right-to-left mark */
		"\xe2\x81\xa0",	    /* word joiner */
		"\xe2\x81\xaa",	    /* a deprecated format */
		"\xe3\x85\xa4",	    /* Hangul filler */
		"\xef\xb8\x8f",	    /* variation selector 16 */
		"\xef\xbf\xb9",	    /* annotation anchor */
		"\xf3\xa0\x80\xa0", /* tag space */
		"\xf3\xa0\x84\x80", /* variation selector 17 */
	};
	char name[16];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(name, sizeof(name), "a%sb", bad[i]);
		expect_because(input_name, name, "cannot be seen");
		expect_because(input_name, bad[i], "cannot be seen");
	}
}

static void
R_ACC_5_names_of_spaces_are_refused(void **state)
{
	(void)state;
	expect_because(input_name, " ", "spaces");
	expect_because(input_name, "\xe3\x80\x80", "spaces"); /* U+3000 */
	expect_because(input_name, " \xc2\xa0 ", "spaces");   /* U+00A0 */
	expect_because(input_name, "\xe2\xa0\x80", "spaces"); /* U+2800 */
	expect_good(input_name, " a");
	expect_good(input_name, "\xe3\x80\x80" KANJI);
}

static void
R_ACC_5_only_well_formed_utf8_is_a_name(void **state)
{
	static const char *const bad[] = { "\x80", "\xbf", "\xc2", "\xc0\xaf",
		"\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xe3\x81",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\xaf",
		"\xf0\x8f\xbf\xbf", "\xf0\x9f\x91", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x90\x80\x80", "\xfe", "\xff",
		"\xc2\x41", "\xe3\x41\x81", "\xe3\x81\x41" };
	static const char *const good[] = { "\x7f", "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(input_utf8(bad[i], strlen(bad[i])));
		expect_because(input_name, bad[i], "UTF-8");
	}
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(input_utf8(good[i], strlen(good[i])));
	assert_true(input_utf8("", 0));
	assert_false(input_utf8("a\0b", 3));
}

static void
R_ACC_6_plain_mailboxes_are_taken(void **state)
{
	(void)state;
	expect_good(input_email, "a@b.c");
	expect_good(input_email, "taro.yamada@example.com");
	expect_good(input_email, "a!#$%&'*+-/=?^_`{|}~z@example.co.jp");
	expect_good(input_email, "1@2.3x");
	expect_good(input_email, "a@xn--p8j9a0d9c9a.xn--q9jyb4c");
	expect_good(input_email, "A.B.C@sub-domain.Example.COM");
	/* 50 characters */
	expect_good(input_email, A10 A10 A10 "aaaaaaaa@"
					     "example.com");
}

static void
J_06_everything_else_is_no_mailbox(void **state)
{
	static const char *const bad[] = { "a", "@", "a@", "@b.c", "a@b",
		"a@b@c.d", "a@@b.c", "a.b.c", ".a@b.c", "a.@b.c", "a..b@c.d",
		"a@.b.c", "a@b.c.", "a@b..c", "a@-b.c", "a@b-.c", "a@b.c-",
		"a@b_c.d", "\"a\"@b.c", "\"a b\"@b.c", "a(x)@b.c", "a@b.c(x)",
		"a@[127.0.0.1]", "a@127.0.0.1", "a@b.123", "a @b.c", " a@b.c",
		"a@b.c ", "a@b. c", "a\t@b.c", "a@b.c\n", "a@b.c\r\nBcc: d@e.f",
		"a\r\n@b.c", "<a@b.c>", "A <a@b.c>", "a@b.c,d@e.f", "a;b@c.d",
		"a\\b@c.d", "a:b@c.d", "a@b.c>", "a\x7f@b.c", "\xc3\xa9@b.c",
		"a@b\xc3\xa9.c", "\xef\xbd\x81@b.c",
		"a\xef\xbc\xa0"
		"b.c" };

	(void)state;
	expect_because(input_email, "", "empty");
	for (size_t i = 0; i < COUNT(bad); i++)
		expect_because(input_email, bad[i], "plain");
	/* 51 characters */
	expect_because(input_email,
	    A10 A10 A10 "aaaaaaaaa@"
			"example.com",
	    "50");
	assert_non_null(judged(input_email, "a\0@b.c", 6));
	assert_non_null(judged(input_email, "a@b\0.c", 6));
	assert_non_null(judged(input_email, "a@b.c\0", 6));
}

static void
R_MAIL_3_locale_is_ja_or_en(void **state)
{
	(void)state;
	expect_good(input_locale, "ja");
	expect_good(input_locale, "en");
	expect_bad(input_locale, "");
	expect_bad(input_locale, "JA");
	expect_bad(input_locale, "ja-JP");
	expect_bad(input_locale, "fr");
	expect_bad(input_locale, "j");
}

static void
expect_folded(const char *text, const char *expected)
{
	size_t len = strlen(text);
	char *out = malloc(len + 1);

	assert_non_null(out);
	assert_true(input_fold_width(text, len, out));
	assert_string_equal(out, expected);
	/* In place. */
	memcpy(out, text, len + 1);
	assert_true(input_fold_width(out, len, out));
	assert_string_equal(out, expected);
	free(out);
}

static void
R_WEB_8_full_width_forms_are_folded(void **state)
{
	char out[8] = "#######";

	(void)state;
	expect_folded("", "");
	expect_folded("abc 123", "abc 123");
	expect_folded("\xef\xbc\x81", "!"); /* U+FF01 */
	expect_folded("\xef\xbd\x9e", "~"); /* U+FF5E */
	expect_folded("\xef\xbd\x81\xef\xbc\x91", "a1");
	expect_folded("\xe3\x80\x80", " ");
	/* One before and one behind: U+FF00, U+FF5F; kana stay. */
	expect_folded("\xef\xbc\x80", "\xef\xbc\x80");
	expect_folded("\xef\xbd\x9f", "\xef\xbd\x9f");
	expect_folded(
	    "\xef\xbe\x94" KANJI "\xef\xbc\xa1", "\xef\xbe\x94" KANJI "A");
	assert_false(input_fold_width("a\xff", 2, out));
	assert_string_equal(out, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_ACC_1_contract_is_8_digits),
		cmocka_unit_test(R_ACC_3_user_id_is_6_to_12_letters_and_digits),
		cmocka_unit_test(R_ACC_4_password_has_8_to_12_of_four_classes),
		cmocka_unit_test(
		    R_ACC_4_every_printable_symbol_counts_but_not_the_space),
		cmocka_unit_test(R_ACC_4_both_bounds_are_settings),
		cmocka_unit_test(R_ACC_4_initial_password_has_exactly_8),
		cmocka_unit_test(A_05_huge_password_is_refused_by_its_length),
		cmocka_unit_test(
		    J_08_passwords_that_everybody_tries_are_refused),
		cmocka_unit_test(R_ACC_5_name_is_1_to_20_code_points),
		cmocka_unit_test(R_ACC_1_the_name_of_a_contract_has_255_bytes),
		cmocka_unit_test(X_04_a_reason_is_one_line_that_says_something),
		cmocka_unit_test(J_05_all_forms_of_letters_are_names),
		cmocka_unit_test(R_ACC_5_control_characters_are_refused),
		cmocka_unit_test(
		    R_ACC_5_characters_that_cannot_be_seen_are_refused),
		cmocka_unit_test(R_ACC_5_names_of_spaces_are_refused),
		cmocka_unit_test(R_ACC_5_only_well_formed_utf8_is_a_name),
		cmocka_unit_test(R_ACC_6_plain_mailboxes_are_taken),
		cmocka_unit_test(J_06_everything_else_is_no_mailbox),
		cmocka_unit_test(R_MAIL_3_locale_is_ja_or_en),
		cmocka_unit_test(R_WEB_8_full_width_forms_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
