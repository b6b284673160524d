/*
 * pg_array - a parameter that is an array, in the binary form of PostgreSQL:
 * one statement is asked about many rows, a column of them in each parameter.
 *
 *	pg_array_begin(&keys, PG_ARRAY_BYTES, count);
 *	for (...)
 *		pg_array_bytes(&keys, &row->key, sizeof row->key);
 *	pg_array_give(&keys, &values);		what $n is, e.g. ::bytea[]
 *	pg_ask(...);
 *	pg_array_free(&keys);
 */
#ifndef DB_PG_ARRAY_H
#define DB_PG_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "db/pg.h"

/* Of the elements; their numbers are those of PostgreSQL's own types. */
enum pg_array_type {
	PG_ARRAY_BOOL = 16,
	PG_ARRAY_BYTES = 17,
	PG_ARRAY_INTEGER = 20, /* bigint */
	PG_ARRAY_TEXT = 25,
	PG_ARRAY_TIME = 1184, /* timestamptz */
};

struct pg_array {
	struct buf bytes;
};

/* Of exactly so many elements, each at most PG_ARRAY_ELEMENT_MAX long. */
#define PG_ARRAY_ELEMENT_MAX 4096
void pg_array_begin(struct pg_array *, enum pg_array_type, size_t count);
void pg_array_free(struct pg_array *);

/* Each adds one element: no value, */
void pg_array_null(struct pg_array *);
/* so many bytes, */
void pg_array_bytes(struct pg_array *, const void *bytes, size_t len);
/* text without its end, */
void pg_array_text(struct pg_array *, const char *text);
/* a number, */
void pg_array_integer(struct pg_array *, int64_t value);
/* yes or no, */
void pg_array_bool(struct pg_array *, bool value);
/* or a time, given as seconds since 1970. */
void pg_array_time(struct pg_array *, int64_t unix_s);

/* The next parameter. It lives as long as the array. False: there was no memory
 * for all of it. */
MUST_CHECK bool pg_array_give(const struct pg_array *, struct pg_values *);

#endif
