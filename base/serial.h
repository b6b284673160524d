/*
 * serial - the number of a certificate of ours: 20 bytes, big-endian, with
 * zeros in front (RFC 5280 4.1.2.2). All zeros stand for "none".
 */
#ifndef BASE_SERIAL_H
#define BASE_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define SERIAL_SIZE 20

struct serial {
	unsigned char bytes[SERIAL_SIZE];
};

static inline bool
serial_equal(const struct serial *a, const struct serial *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool
serial_none(const struct serial *s)
{
	static const struct serial none;

	return serial_equal(s, &none);
}

/* False, and none, when the number is empty or too long to be one of ours. */
static inline bool
serial_read(struct serial *out, const void *number, size_t len)
{
	memset(out, 0, sizeof(*out));
	if (len == 0 || len > SERIAL_SIZE)
		return false;
	memcpy(out->bytes + SERIAL_SIZE - len, number, len);
	return true;
}

#endif
