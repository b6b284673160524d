/*
 * listing - rows for people (an aligned table) or for programs (JSON): the
 * same rows, so that nothing is in one and not in the other.
 */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include <stdbool.h>
#include <stdint.h>

struct listing;

/* `columns`: names as in JSON, ended by NULL; kept by pointer. */
struct listing *listing_new(const char *const *columns);
void listing_free(struct listing *);

/* One value after the other, row by row. NULL is null, shown as `-`. */
void listing_text(struct listing *, const char *value);
void listing_number(struct listing *, int64_t value);
void listing_switch(struct listing *, bool value);
/* Local time of the service; 0 is null. */
void listing_time(struct listing *, int64_t at);

/* A table, or a JSON array of objects. */
void listing_print(const struct listing *, bool json);
/* The only row: `name: value` lines, or a JSON object. */
void listing_print_one(const struct listing *, bool json);

#endif
