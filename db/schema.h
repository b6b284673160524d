/*
 * schema - the files of db/schema/, built into the program.
 */
#ifndef DB_SCHEMA_H
#define DB_SCHEMA_H

#include <stddef.h>

struct schema_file {
	const char *name; /* "0001_roles" */
	const char *sql;  /* NUL-terminated */
};

/* In order; the version of a file is its place, counted from 1. */
extern const struct schema_file schema_files[];
extern const size_t schema_count;

#endif
