#include "db/conninfo.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/test.h"

/* What koshin.yaml says is in tests/vectors/config/T11-network.yaml. */
static void
T11_what_the_environment_says_counts(void **state)
{
	struct fault why;

	(void)state;
	assert_true(conninfo_check("dbname=koshin", &why));
	setenv("PGHOST", "db.example.jp", 1);
	assert_false(conninfo_check("dbname=koshin", &why));
	assert_non_null(strstr(why.text, "to db.example.jp with sslmode="));
	assert_true(conninfo_check("host=/run/postgresql", &why));
	setenv("PGSSLMODE", "verify-full", 1);
	assert_true(conninfo_check("dbname=koshin", &why));
	unsetenv("PGSSLMODE");
	unsetenv("PGHOST");
}

/* Nobody is there, and nothing leaves this machine for that address. */
static void
T11_what_a_service_file_says_counts_when_it_is_begun(void **state)
{
	char path[] = "/tmp/koshin-serviceXXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct fault why;
	PGconn *conn;

	(void)state;
	assert_non_null(file);
	fputs("[far]\nhost=255.255.255.255\nuser=x\n", file);
	fclose(file);
	setenv("PGSERVICEFILE", path, 1);
	assert_true(conninfo_check("service=far", &why));
	conn = PQconnectStart("service=far");
	assert_false(conninfo_check_begun(conn, &why));
	assert_non_null(strstr(why.text, "goes over the network to 255."));
	PQfinish(conn);
	unsetenv("PGSERVICEFILE");
	unlink(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(T11_what_the_environment_says_counts),
		cmocka_unit_test(
		    T11_what_a_service_file_says_counts_when_it_is_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
