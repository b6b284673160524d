/*
 * A number that C and a script of Redis both need stands in both; here they
 * are compared.
 */
#include "db/skew.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a line `local NAME = 60000 -- why`; -1: there is none. */
static long
number_of(const char *path, const char *name)
{
	FILE *file = fopen(path, "r");
	char line[256], start[64];
	long found = -1;

	assert_non_null(file);
	snprintf(start, sizeof(start), "local %s = ", name);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, start, strlen(start)) == 0)
			found = strtol(line + strlen(start), NULL, 10);
	fclose(file);
	return found;
}

static void
F_60_redis_and_the_program_know_one_skew(void **state)
{
	(void)state;
	assert_int_equal(
	    number_of("db/scripts/account.lua", "SKEW_MS"), SKEW_MAX_S * 1000L);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F_60_redis_and_the_program_know_one_skew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
