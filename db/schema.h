/*
 * schema - the migrations, built into the program; the first one is all files
 * of db/schema/ that db/schema.c names.
 */
#ifndef DB_SCHEMA_H
#define DB_SCHEMA_H

#include <stddef.h>

struct schema_file {
	const char *name; /* "0001_schema" */
	const char *sql;  /* NUL-terminated */
};

/* In order; the version of a file is its place, counted from 1. */
extern const struct schema_file schema_files[];
extern const size_t schema_count;

#endif
