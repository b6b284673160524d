/*
 * migrate - the migrations of db/schema.h, applied in order, each in a
 * transaction of its own, by `koshin init`. Blocking; for the command line and
 * for the check at start.
 *
 * A database knows the digest of each text that was applied to it. Where it is
 * another than ours, it was made by another development version, and is
 * refused with a word that says so: it has to be made anew.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stddef.h>

#include "base/fault.h"

struct migrate_report {
	int from;      /* version found, 0 for an empty database */
	int to;	       /* version now */
	char left[80]; /* what everybody may still do; "": nothing */
};

/* The newest version this program knows. */
int migrate_known(void);

/*
 * Connects as the owner (may create roles) and brings the schema up to date.
 * What PostgreSQL gives everybody is taken back; `left` of the report names
 * what needs a superuser for that.
 * Holds an advisory lock, so that two run one after the other. 0, or -1 with
 * the reason in `why`; the report holds then too.
 */
int migrate_run(
    const char *owner_conninfo, struct migrate_report *, struct fault *why);

/*
 * For the start of a server, with any role: refuses a schema older, newer or
 * other than the program's (F-45) and synchronous_commit = off (F-43). 0, or
 * -1 with the reason in `why`.
 */
int migrate_check(const char *conninfo, struct fault *why);

#endif
