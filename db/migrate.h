/*
 * migrate - the schema of db/schema/NNNN_*.sql, built into the program and
 * applied in order, each in a transaction of its own, by `koshin init`.
 * Blocking; for the command line and for the check at start.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stddef.h>

#include "base/fault.h"

struct migrate_report {
	int from;	 /* version found, 0 for an empty database */
	int to;		 /* version now */
	char error[512]; /* empty when all went well */
};

/* The newest version this program knows. */
int migrate_known(void);

/*
 * Connects as the owner (may create roles) and brings the schema up to date.
 * Holds an advisory lock, so that two run one after the other.
 */
int migrate_run(const char *owner_conninfo, struct migrate_report *);

/*
 * For the start of a server, with any role: refuses a schema older or newer
 * than the program (F-45) and synchronous_commit = off (F-43). 0, or -1 with
 * the reason in `why`.
 */
int migrate_check(const char *conninfo, struct fault *why);

#endif
