#include "db/pg_array.h"

#include <endian.h>
#include <string.h>

#define HEAD 20			     /* bytes before the first element */
#define LENGTH 4		     /* bytes before each */
#define POSTGRES_EPOCH 946684800     /* 2000-01-01, as seconds since 1970 */
#define LONGEST PG_ARRAY_ELEMENT_MAX /* of one element */

static void
add_int32(struct pg_array *a, int32_t value)
{
	uint32_t bytes = htobe32((uint32_t)value);

	buf_add(&a->bytes, &bytes, sizeof bytes);
}

void
pg_array_begin(struct pg_array *a, enum pg_array_type type, size_t count)
{
	buf_init(&a->bytes, HEAD + count * (LENGTH + LONGEST));
	add_int32(a, 1); /* dimensions */
	add_int32(a, 1); /* some may be NULL */
	add_int32(a, (int32_t)type);
	add_int32(a, (int32_t)count);
	add_int32(a, 1); /* the number of the first */
}

void
pg_array_free(struct pg_array *a)
{
	buf_free(&a->bytes);
}

void
pg_array_null(struct pg_array *a)
{
	add_int32(a, -1);
}

void
pg_array_bytes(struct pg_array *a, const void *bytes, size_t len)
{
	add_int32(a, (int32_t)len);
	buf_add(&a->bytes, bytes, len);
}

void
pg_array_text(struct pg_array *a, const char *text)
{
	pg_array_bytes(a, text, strlen(text));
}

void
pg_array_integer(struct pg_array *a, int64_t value)
{
	uint64_t bytes = htobe64((uint64_t)value);

	pg_array_bytes(a, &bytes, sizeof bytes);
}

void
pg_array_bool(struct pg_array *a, bool value)
{
	pg_array_bytes(a, value ? "\1" : "\0", 1);
}

void
pg_array_time(struct pg_array *a, int64_t unix_s)
{
	pg_array_integer(a, (unix_s - POSTGRES_EPOCH) * 1000000);
}

bool
pg_array_give(const struct pg_array *a, struct pg_values *v)
{
	if (!buf_ok(&a->bytes))
		return false;
	pg_bytes(v, a->bytes.at, a->bytes.used);
	return true;
}
