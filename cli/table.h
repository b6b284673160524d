/*
 * table - rows for people (an aligned table) or for programs (JSON): the
 * same rows, so that nothing is in one and not in the other.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct table;

/* `columns`: names as in JSON, ended by NULL; each is kept by pointer. */
struct table *table_new(const char *const *columns);
void table_free(struct table *); /* without printing it; NULL is fine */

/* One value after the other, row by row. NULL is null, shown as `-`; so is an
 * empty text. */
void table_text(struct table *, const char *value);
void table_number(struct table *, int64_t value);
void table_number_if(struct table *, bool there, int64_t value); /* or null */
void table_switch(struct table *, bool value);
/* What is JSON already, as that. */
void table_json(struct table *, const char *json);
/* Local time of the service; 0 is null. */
void table_time(struct table *, int64_t at);

/*
 * Prints what it has, and takes more rows: of a long list no more is held than
 * was given since. The columns are as wide as those of the first time need. On
 * a terminal, those that it has no room for are left out, which is said at the
 * end, and what deserves a look has a colour.
 */
void table_put(struct table *, bool json);
/* Prints the rest and frees: a table, or a JSON array of objects. */
void table_print(struct table *, bool json);
/* The same of the only row: `name: value` lines, or a JSON object. */
void table_print_one(struct table *, bool json);

#endif
