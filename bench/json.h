/*
 * json - writes one JSON object, commas and escapes included.
 *
 * A zeroed struct with `out` set is ready. Names are NULL inside arrays.
 */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <stdbool.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool comma; /* something stands before the next value */
	int depth;  /* of open brackets */
};

/* '{' or '['. */
void json_open(struct json *j, const char *name, char bracket);

/* '}' or ']'; the outermost ends the line. */
void json_close(struct json *j, char bracket);

/* One member, or value of an array. Reals have six decimals. */
void json_int(struct json *j, const char *name, long value);
void json_real(struct json *j, const char *name, double value);
void json_bool(struct json *j, const char *name, bool value);

/* Bytes outside printable ASCII come out as \u00XX. */
void json_text(struct json *j, const char *name, const char *value);

#endif
