/*
 * A number that C and a script of Redis, or the schema, both need stands in
 * both; here they are compared.
 */
#include "db/skew.h"
#include "policy/notice.h"

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

/* The only hours in it are the least lives of certificates, R-MAIL-1. */
static void
R_MAIL_1_the_database_and_the_program_know_the_same_days(void **state)
{
	static const long days[] = { NOTICE_SECOND_DAYS, NOTICE_FIRST_DAYS };
	FILE *file = fopen("db/schema/functions_courier.sql", "r");
	char line[256];
	size_t found = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		const char *at = strstr(line, "interval '");
		char *end;
		long hours = at == NULL ? 0 : strtol(at + 10, &end, 10);

		if (at == NULL || strncmp(end, " hours'", 7) != 0)
			continue;
		assert_in_range(found, 0, 1);
		assert_int_equal(hours, (days[found++] + 1) * 24);
	}
	fclose(file);
	assert_int_equal(found, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F_60_redis_and_the_program_know_one_skew),
		cmocka_unit_test(
		    R_MAIL_1_the_database_and_the_program_know_the_same_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
