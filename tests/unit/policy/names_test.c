#include "policy/names.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define ISSUED 1653471519 /* 2022-05-25T18:38:39+09:00 */

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define YAMADA "\xe5\xb1\xb1\xe7\x94\xb0" /* two characters, six bytes */

static struct facts_account
sample(void)
{
	return (struct facts_account){
		.id = 7,
		.user_id = "sample001",
		.contract = "12345678",
		.name = YAMADA,
	};
}

static int
in_tokyo(void **state)
{
	(void)state;
	return clock_zone("Asia/Tokyo") ? 0 : -1;
}

static void
expect(const char *template, const char *expected)
{
	struct facts_account a = sample();
	char out[NAMES_SIZE];

	assert_null(names_check(template));
	assert_true(names_fill(template, &a, ISSUED, out, sizeof(out)));
	assert_string_equal(out, expected);
}

static void
R_CERT_7_default_is_user_and_local_time(void **state)
{
	(void)state;
	expect("{user_id} {issued_at}", "sample001 20220525183839");
	assert_true(clock_zone("UTC"));
	expect("{user_id} {issued_at}", "sample001 20220525093839");
	assert_true(clock_zone("Asia/Tokyo"));
}

static void
R_CERT_7_every_word_and_text_between(void **state)
{
	(void)state;
	expect("{contract}", "12345678");
	expect("{name}", YAMADA);
	expect("{user_id}{user_id}", "sample001sample001");
	expect("a{contract}b{name}c", "a12345678b" YAMADA "c");
	expect("Example Bank", "Example Bank");
	expect(YAMADA " {user_id}", YAMADA " sample001");
}

static void
R_CERT_7_bad_templates_are_refused(void **state)
{
	static const char *const bad[] = { "", " ", " {user_id}", "{user_id} ",
		"{", "}", "{}", "{user_id", "user_id}", "{user}", "{USER_ID}",
		"{ user_id}", "{{user_id}}", "{user_id}}", "{password_hash}",
		"{user_id}\n", "{user_id}\t", "a\xc2\x85", "a\xe2\x80\xae",
		"a\xe2\x80\x8e", "\xff", "\xc0\xaf", "\xed\xa0\x80",
		"{name}\xe5\xb1" };
	struct facts_account a = sample();
	char out[NAMES_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (names_check(bad[i]) == NULL)
			fail_msg("taken: '%s'", bad[i]);
	/* Filled all the same, they give nothing rather than something. */
	for (size_t i = 4; i < 15; i++) {
		assert_false(names_fill(bad[i], &a, ISSUED, out, sizeof(out)));
		assert_string_equal(out, "");
	}
}

static void
R_CERT_7_longest_values_must_fit(void **state)
{
	(void)state;
	/* 12 + 1 + 14 + 37 = 64 */
	assert_null(names_check("{user_id} {issued_at}" X10 X10 X10 "1234567"));
	assert_non_null(
	    names_check("{user_id} {issued_at}" X10 X10 X10 "12345678"));
	/* 20 + 20 + 20 + 4 = 64 */
	assert_null(names_check("{name}{name}{name}1234"));
	assert_non_null(names_check("{name}{name}{name}12345"));
	/* Characters count, not bytes: 24 in 72. */
	assert_null(names_check(YAMADA YAMADA YAMADA YAMADA YAMADA YAMADA YAMADA
		YAMADA YAMADA YAMADA YAMADA YAMADA));
	assert_null(names_check(X50 "12345678901234"));
	assert_non_null(names_check(X50 "123456789012345"));
}

static void
RFC_5280_A_1_each_attribute_has_its_limit(void **state)
{
	static const struct {
		enum profile_attribute attribute;
		size_t most; /* characters */
	} limits[] = {
		{ PROFILE_ATTRIBUTE_ST, 128 },
		{ PROFILE_ATTRIBUTE_L, 128 },
		{ PROFILE_ATTRIBUTE_O, 64 },
		{ PROFILE_ATTRIBUTE_OU, 64 },
		{ PROFILE_ATTRIBUTE_SERIAL_NUMBER, 64 },
	};

	(void)state;
	assert_int_equal(NAMES_COMMON_NAME_MAX, 64);
	for (size_t i = 0; i < COUNT(limits); i++) {
		char text[200];

		memset(text, 'x', sizeof(text));
		text[limits[i].most] = '\0';
		assert_null(names_check_attribute(limits[i].attribute, text));
		text[limits[i].most] = 'x';
		text[limits[i].most + 1] = '\0';
		assert_non_null(
		    names_check_attribute(limits[i].attribute, text));
	}
}

static void
RFC_5280_A_1_country_is_two_capitals(void **state)
{
	static const char *const bad[] = { "", "J", "jp", "Jp", "JPN", "J1",
		"{c", "\xc3\x84" };

	(void)state;
	assert_null(names_check_attribute(PROFILE_ATTRIBUTE_C, "JP"));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_non_null(
		    names_check_attribute(PROFILE_ATTRIBUTE_C, bad[i]));
}

static void
RFC_5280_A_1_serial_number_is_printable(void **state)
{
	enum profile_attribute number = PROFILE_ATTRIBUTE_SERIAL_NUMBER;

	(void)state;
	assert_null(names_check_attribute(number, "{contract}-{user_id}"));
	assert_null(names_check_attribute(number, "No. 1 (a+b)/'c',d:e=f?"));
	assert_non_null(names_check_attribute(number, "{name}"));
	assert_non_null(names_check_attribute(number, "a_b"));
	assert_non_null(names_check_attribute(number, "a@b"));
	assert_non_null(names_check_attribute(number, YAMADA));
}

static void
a_name_that_does_not_fit_is_not_cut(void **state)
{
	struct facts_account a = sample();
	char out[16];

	(void)state;
	memset(out, '#', sizeof(out));
	assert_true(names_fill("{name}", &a, ISSUED, out, 7));
	assert_string_equal(out, YAMADA);
	assert_int_equal(out[7], '#');
	for (size_t size = 1; size < 7; size++) {
		memset(out, '#', sizeof(out));
		assert_false(names_fill("{name}", &a, ISSUED, out, size));
		assert_string_equal(out, "");
		assert_int_equal(out[size], '#');
	}
	memset(out, '#', sizeof(out));
	assert_false(names_fill("{name}", &a, ISSUED, out, 0));
	assert_int_equal(out[0], '#');
	assert_false(names_fill("{user_id}{name}", &a, ISSUED, out, 15));
	assert_true(names_fill("{user_id}{name}", &a, ISSUED, out, 16));
}

static void
a_word_without_a_value_gives_no_name(void **state)
{
	struct facts_account a = sample();
	char out[NAMES_SIZE];

	(void)state;
	a.name[0] = '\0';
	assert_false(
	    names_fill("{user_id} {name}", &a, ISSUED, out, sizeof(out)));
	assert_string_equal(out, "");
	assert_false(
	    names_fill("{issued_at}", &a, INT64_MAX, out, sizeof(out)));
	assert_false(names_fill("", &a, ISSUED, out, sizeof(out)));
}

/* Braces in a value are not words (S-13). */
static void
S_13_values_are_not_read_as_templates(void **state)
{
	struct facts_account a = sample();
	char out[NAMES_SIZE];

	(void)state;
	snprintf(a.name, sizeof(a.name), "{contract}%%s%%n");
	assert_true(names_fill("{name}", &a, ISSUED, out, sizeof(out)));
	assert_string_equal(out, "{contract}%s%n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_CERT_7_default_is_user_and_local_time),
		cmocka_unit_test(R_CERT_7_every_word_and_text_between),
		cmocka_unit_test(R_CERT_7_bad_templates_are_refused),
		cmocka_unit_test(R_CERT_7_longest_values_must_fit),
		cmocka_unit_test(RFC_5280_A_1_each_attribute_has_its_limit),
		cmocka_unit_test(RFC_5280_A_1_country_is_two_capitals),
		cmocka_unit_test(RFC_5280_A_1_serial_number_is_printable),
		cmocka_unit_test(a_name_that_does_not_fit_is_not_cut),
		cmocka_unit_test(a_word_without_a_value_gives_no_name),
		cmocka_unit_test(S_13_values_are_not_read_as_templates),
	};

	return cmocka_run_group_tests(tests, in_tokyo, NULL);
}
