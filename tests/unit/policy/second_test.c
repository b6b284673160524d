#include "policy/second.h"

#include "tests/lib/test.h"

#include <string.h>

static void
R_OPS_4_two_are_wanted_where_the_setting_says_so(void **state)
{
	struct second_policy p = { .acts = 1U << SECOND_REVOKE_MANY };
	char list[SECOND_LIST_SIZE];

	(void)state;
	second_list(&p, list);
	assert_string_equal(list, "{revoke-many}");
	p.acts |= 1U << SECOND_CLOSE_CONTRACT;
	second_list(&p, list);
	assert_string_equal(list, "{revoke-many,close-contract}");
	p.acts = 0;
	second_list(&p, list);
	assert_string_equal(list, "{}");
}

/* They all fit. */
static void
R_OPS_4_each_act_has_a_word(void **state)
{
	struct second_policy p = { .acts = (1U << SECOND_ACTS) - 1 };
	char list[SECOND_LIST_SIZE];

	(void)state;
	second_list(&p, list);
	for (int i = 0; i < SECOND_ACTS; i++)
		assert_non_null(strstr(list, second_word((enum second_act)i)));
	assert_string_equal(
	    list, "{lift-master,reset-contract,revoke-many,close-contract}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    R_OPS_4_two_are_wanted_where_the_setting_says_so),
		cmocka_unit_test(R_OPS_4_each_act_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
