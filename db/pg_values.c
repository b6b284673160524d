/* Parameters going in and columns coming out: the plain half of db/pg. */
#include "db/pg.h"

#include "base/hex.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
next(struct pg_values *v)
{
	assert(v->count < PG_VALUES_MAX);
	v->length[v->count] = 0;
	v->format[v->count] = 0;
	return v->count++;
}

void
pg_null(struct pg_values *v)
{
	v->value[next(v)] = NULL;
}

void
pg_text(struct pg_values *v, const char *text)
{
	v->value[next(v)] = text;
}

void
pg_bytes(struct pg_values *v, const void *bytes, size_t len)
{
	int i = next(v);

	assert(len <= INT32_MAX);
	v->value[i] = bytes;
	v->length[i] = (int)len;
	v->format[i] = 1;
}

void
pg_integer(struct pg_values *v, int64_t value)
{
	int i = next(v);

	snprintf(v->room[i], sizeof v->room[i], "%" PRId64, value);
	v->value[i] = v->room[i];
}

void
pg_bool(struct pg_values *v, bool value)
{
	pg_text(v, value ? "t" : "f");
}

void
pg_time(struct pg_values *v, int64_t unix_s)
{
	pg_integer(v, unix_s);
}

int
pg_column(const PGresult *r, const char *name)
{
	int column = PQfnumber(r, name);

	assert(column >= 0);
	return column;
}

void
pg_find_columns(
    const PGresult *r, const char *const *names, size_t count, int *at)
{
	for (size_t i = 0; i < count; i++)
		at[i] = pg_column(r, names[i]);
}

bool
pg_is_null(const PGresult *r, int row, int column)
{
	return PQgetisnull(r, row, column) == 1;
}

int64_t
pg_get_integer(const PGresult *r, int row, int column)
{
	return strtoll(PQgetvalue(r, row, column), NULL, 10);
}

bool
pg_get_bool(const PGresult *r, int row, int column)
{
	return PQgetvalue(r, row, column)[0] == 't';
}

bool
pg_get_text(const PGresult *r, int row, int column, char *out, size_t size)
{
	size_t len = (size_t)PQgetlength(r, row, column);
	bool fits = len < size;

	if (!fits)
		len = 0;
	memcpy(out, PQgetvalue(r, row, column), len);
	out[len] = '\0';
	return fits;
}

bool
pg_get_bytes(
    const PGresult *r, int row, int column, void *out, size_t size, size_t *len)
{
	const char *hex = PQgetvalue(r, row, column);
	size_t digits = (size_t)PQgetlength(r, row, column);

	*len = 0;
	if (digits < 2 || digits % 2 != 0 || hex[0] != '\\' || hex[1] != 'x')
		return false;
	digits -= 2;
	hex += 2;
	if (digits / 2 > size)
		return false;
	*len = digits / 2;
	return hex_read(out, *len, hex);
}
