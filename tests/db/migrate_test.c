#include "db/migrate.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char empty[600]; /* conninfo of a database without anything */
static unsigned databases;
static struct fault why;

static const char *
name_of(unsigned number)
{
	static char name[32];

	snprintf(name, sizeof name, "koshin_migrate_%u", number);
	return name;
}

static int
set_up(void **state)
{
	(void)state;
	databases++;
	db_do("DROP DATABASE IF EXISTS %s", name_of(databases));
	db_do("CREATE DATABASE %s", name_of(databases));
	snprintf(empty, sizeof empty, "%s dbname=%s", db_as("postgres"),
	    name_of(databases));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	db_do("DROP DATABASE %s", name_of(databases));
	return 0;
}

/* In the database without anything, whatever has become of it. */
static void
change(const char *sql)
{
	PGconn *conn = PQconnectdb(empty);
	PGresult *r = PQexec(conn, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(conn));
	PQclear(r);
	PQfinish(conn);
}

static int
check(void)
{
	why.text[0] = '\0';
	return migrate_check(empty, &why);
}

static void
an_empty_database_is_brought_up_to_date_once(void **state)
{
	struct migrate_report r;

	(void)state;
	assert_true(migrate_known() >= 1);
	assert_int_equal(migrate_run(empty, &r, &why), 0);
	assert_int_equal(r.from, 0);
	assert_int_equal(r.to, migrate_known());
	assert_int_equal(check(), 0);
	assert_int_equal(migrate_run(empty, &r, &why), 0);
	assert_int_equal(r.from, migrate_known());
	assert_int_equal(r.to, migrate_known());
}

struct one {
	struct migrate_report report;
	struct fault why;
};

static void *
run_one(void *arg)
{
	struct one *one = arg;

	return migrate_run(empty, &one->report, &one->why) == 0 ? one : NULL;
}

static void
two_at_once_run_one_after_the_other(void **state)
{
	struct one one[2];
	pthread_t thread[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    0, pthread_create(&thread[i], NULL, run_one, &one[i]));
	for (int i = 0; i < 2; i++) {
		void *result;

		pthread_join(thread[i], &result);
		if (result == NULL)
			fail_msg("%s", one[i].why.text);
	}
	assert_int_equal(
	    one[0].report.from + one[1].report.from, migrate_known());
}

/* Data that no way leads from is not served, and not half changed. */
static void
another_development_version_is_refused_with_what_to_do(void **state)
{
	struct migrate_report r;

	(void)state;
	assert_int_equal(migrate_run(empty, &r, &why), 0);
	change("UPDATE koshin.migration SET name = '0001_roles',"
	       " digest = repeat('0', 64)");
	change("INSERT INTO koshin.migration SELECT v, 'old', 'x'"
	       " FROM generate_series(2, 14) v");
	for (int serving = 0; serving < 2; serving++) {
		memset(&why, 0, sizeof why);
		assert_int_equal(
		    serving ? check() : migrate_run(empty, &r, &why), -1);
		assert_non_null(strstr(why.text, "0001_roles"));
		assert_non_null(strstr(why.text, "another development"));
		assert_non_null(strstr(why.text, "drop it"));
		assert_non_null(strstr(why.text, "make clean-run"));
	}
	change("DROP TABLE koshin.audit"); /* it was not touched */
}

static void
F_45_another_version_is_refused_with_both_numbers(void **state)
{
	struct migrate_report r;
	char newer[16], older[16];

	(void)state;
	snprintf(newer, sizeof newer, " %d,", migrate_known() + 1);
	snprintf(older, sizeof older, " %d,", migrate_known() - 1);
	assert_int_equal(migrate_run(empty, &r, &why), 0);
	change("INSERT INTO koshin.migration SELECT version + 1, 'x', 'x'"
	       " FROM koshin.migration");
	assert_int_equal(check(), -1);
	assert_non_null(strstr(why.text, newer));
	assert_int_equal(migrate_run(empty, &r, &why), -1);
	assert_non_null(strstr(why.text, "newer"));
	change("DELETE FROM koshin.migration");
	assert_int_equal(check(), -1);
	assert_non_null(strstr(why.text, older));
	assert_non_null(strstr(why.text, "koshin init"));
}

static void
F_43_synchronous_commit_off_is_refused(void **state)
{
	struct migrate_report r;
	char sql[120];

	(void)state;
	assert_int_equal(migrate_run(empty, &r, &why), 0);
	snprintf(sql, sizeof sql,
	    "ALTER DATABASE %s SET synchronous_commit = off",
	    name_of(databases));
	change(sql);
	assert_int_equal(check(), -1);
	assert_non_null(strstr(why.text, "synchronous_commit"));
}

static void
every_role_may_check(void **state)
{
	static const char *const roles[] = { "koshin_front", "koshin_auth",
		"koshin_issuer", "koshin_courier", "koshin_operator" };

	(void)state;
	for (size_t i = 0; i < COUNT(roles); i++)
		if (migrate_check(db_as(roles[i]), &why) != 0)
			fail_msg("%s: %s", roles[i], why.text);
}

static void
no_schema_and_no_server_are_said_in_one_line(void **state)
{
	struct migrate_report r;

	(void)state;
	assert_int_equal(check(), -1);
	assert_non_null(strstr(why.text, "koshin init"));
	assert_null(strchr(why.text, '\n'));
	assert_int_equal(migrate_check("host=/nonexistent", &why), -1);
	assert_non_null(strstr(why.text, "cannot connect"));
	assert_null(strchr(why.text, '\n'));
	assert_int_equal(migrate_run("host=/nonexistent", &r, &why), -1);
	assert_non_null(strstr(why.text, "cannot connect"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_database_is_brought_up_to_date_once),
		TEST(two_at_once_run_one_after_the_other),
		TEST(another_development_version_is_refused_with_what_to_do),
		TEST(F_45_another_version_is_refused_with_both_numbers),
		TEST(F_43_synchronous_commit_off_is_refused),
		TEST(every_role_may_check),
		TEST(no_schema_and_no_server_are_said_in_one_line),
	};

	return cmocka_run_group_tests(tests, db_begin, db_end);
}
