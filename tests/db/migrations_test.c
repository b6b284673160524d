/*
 * Several migrations, in place of those of db/schema.c: the first package has
 * one, and the second one must find the way paved.
 */
#include "db/migrate.h"

#include "db/schema.h"
#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <string.h>

const struct schema_file schema_files[] = {
	{ "0001_first", "CREATE TABLE koshin.first (x int)" },
	{ "0002_second", "CREATE TABLE koshin.second (x int);"
			 "CREATE TABLE koshin.third (x int)" },
};
const size_t schema_count = COUNT(schema_files);

static struct migrate_report report;
static struct fault why;

static int
run(void)
{
	memset(&why, 0, sizeof why);
	return migrate_run(db_as("postgres"), &report, &why);
}

/* The database is as if only the first one had ever been. */
static int
set_up(void **state)
{
	(void)state;
	db_do("DROP TABLE IF EXISTS koshin.second, koshin.third");
	db_do("DELETE FROM koshin.migration WHERE version = 2");
	return 0;
}

static void
a_second_migration_is_added_to_the_first(void **state)
{
	(void)state;
	assert_int_equal(run(), 0);
	assert_int_equal(report.from, 1);
	assert_int_equal(report.to, 2);
	db_do("DROP TABLE koshin.third");
}

static void
F_45_what_is_not_applied_yet_is_not_served(void **state)
{
	(void)state;
	assert_int_equal(migrate_check(db_as("postgres"), &why), -1);
	assert_non_null(strstr(why.text, "version 1, this program needs 2"));
	assert_non_null(strstr(why.text, "koshin init"));
}

static void
a_migration_that_fails_leaves_nothing_of_itself(void **state)
{
	(void)state;
	db_do("CREATE TABLE koshin.third (x int)");
	assert_int_equal(run(), -1);
	assert_non_null(strstr(why.text, "0002_second"));
	assert_non_null(strstr(why.text, "already exists"));
	assert_int_equal(report.to, 1);
	/* second, made before the failure, is not there. */
	db_do("CREATE TABLE koshin.second (x int)");
	db_do("DROP TABLE koshin.second, koshin.third");
	assert_int_equal(run(), 0);
	assert_int_equal(report.from, 1);
	assert_int_equal(report.to, 2);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_second_migration_is_added_to_the_first),
		TEST(F_45_what_is_not_applied_yet_is_not_served),
		TEST(a_migration_that_fails_leaves_nothing_of_itself),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
