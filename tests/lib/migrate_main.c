/* Brings the database of a conninfo up to date, for tests written in Python. */
#include "db/migrate.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
	struct migrate_report report;
	struct fault why;

	if (argc != 2) {
		fprintf(stderr, "usage: migrate CONNINFO\n");
		return 2;
	}
	if (migrate_run(argv[1], &report, &why) != 0) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	printf("%d %d\n", report.from, report.to);
	return 0;
}
