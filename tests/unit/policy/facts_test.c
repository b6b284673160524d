#include "policy/facts.h"

#include "tests/lib/test.h"

#include <stdio.h>

static void
R_ACC_roles_are_read_by_their_words(void **state)
{
	enum facts_role role = FACTS_MASTER;

	(void)state;
	assert_true(facts_read_role("device", &role));
	assert_int_equal(role, FACTS_DEVICE);
	assert_true(facts_read_role("general", &role));
	assert_int_equal(role, FACTS_GENERAL);
	assert_true(facts_read_role("master", &role));
	assert_int_equal(role, FACTS_MASTER);
	assert_true(facts_read_role("operator", &role));
	assert_int_equal(role, FACTS_OPERATOR);
}

static void
states_are_read_by_their_words(void **state)
{
	enum facts_state s = FACTS_ACTIVE;

	(void)state;
	assert_true(facts_read_state("blocked", &s));
	assert_int_equal(s, FACTS_BLOCKED);
	assert_true(facts_read_state("suspended", &s));
	assert_int_equal(s, FACTS_SUSPENDED);
	assert_true(facts_read_state("closed", &s));
	assert_int_equal(s, FACTS_CLOSED);
	assert_true(facts_read_state("active", &s));
	assert_int_equal(s, FACTS_ACTIVE);
}

/* Zero is a master and active: nothing may fall on it by chance. */
static void
an_unknown_word_is_refused(void **state)
{
	static const char *const words[] = { "", "Master", "master ", "owner",
		"paused", NULL };
	enum facts_role role = FACTS_DEVICE;
	enum facts_state s = FACTS_CLOSED;

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		assert_false(facts_read_role(words[i], &role));
		assert_false(facts_read_state(words[i], &s));
		assert_int_equal(role, FACTS_DEVICE);
		assert_int_equal(s, FACTS_CLOSED);
	}
}

/* As long as it may be; what is none shows nothing. */
static void
R_WEB_2_an_address_is_known_by_its_owner_alone(void **state)
{
	static const char *const cases[][2] = {
		{ "taro.yamada@example.jp", "t***@example.jp" },
		{ "a@b.c", "a***@b.c" },
		{ "a@0123456789012345678901234567890123456789012.jp",
		    "a***@0123456789012345678901234567890123456789012.jp" },
		{ "nobody", "" },
		{ "", "" },
	};
	struct facts_account a;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(a.email, sizeof(a.email), "%s", cases[i][0]);
		facts_mask_email(&a);
		assert_string_equal(a.email, cases[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_ACC_roles_are_read_by_their_words),
		cmocka_unit_test(states_are_read_by_their_words),
		cmocka_unit_test(an_unknown_word_is_refused),
		cmocka_unit_test(
		    R_WEB_2_an_address_is_known_by_its_owner_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
