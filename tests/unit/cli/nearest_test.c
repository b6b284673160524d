#include "cli/nearest.h"

#include "tests/lib/test.h"

#include <string.h>

static bool
near(const char *typed, const char *word)
{
	return nearest_is(typed, strlen(typed), word);
}

static void
one_letter_is_near(void **state)
{
	(void)state;
	assert_true(near("lis", "list"));
	assert_true(near("listt", "list"));
	assert_true(near("lust", "list"));
	assert_true(near("lsit", "list"));
	assert_true(near("ser", "user"));
	assert_true(near("--limt", "--limit"));
	assert_true(near("--jsom", "--json"));
	assert_true(near("liist", "list"));
}

static void
all_else_is_not(void **state)
{
	(void)state;
	assert_false(near("list", "list"));
	assert_false(near("ls", "list"));
	assert_false(near("lits1", "list"));
	assert_false(near("sliit", "list"));
	assert_false(near("", "list"));
	assert_false(near("show", "list"));
	assert_false(near("a", "b"));
	assert_false(nearest_is("limit=1", 2, "--limit"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_letter_is_near),
		cmocka_unit_test(all_else_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
