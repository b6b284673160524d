#include "base/fault.h"

#include "tests/lib/test.h"

#include <string.h>

static void
a_fault_is_one_sentence_and_always_false(void **state)
{
	struct fault why;

	(void)state;
	assert_false(fault_set(&why, "line %d: must be %s", 7, "a number"));
	assert_string_equal(why.text, "line 7: must be a number");
}

static void
a_fault_may_be_put_behind_a_name(void **state)
{
	struct fault why;

	(void)state;
	fault_set(&why, "is empty");
	fault_set(&why, "/etc/koshin/key: %s", why.text);
	assert_string_equal(why.text, "/etc/koshin/key: is empty");
}

static void
what_is_too_long_says_that_it_was_cut(void **state)
{
	char long_text[FAULT_MAX + 100];
	struct fault why;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	fault_set(&why, "%s", long_text);
	assert_int_equal(strlen(why.text), FAULT_MAX - 1);
	assert_string_equal(why.text + FAULT_MAX - 4, "...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_is_one_sentence_and_always_false),
		cmocka_unit_test(a_fault_may_be_put_behind_a_name),
		cmocka_unit_test(what_is_too_long_says_that_it_was_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
