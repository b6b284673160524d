#include "pki/der.h"

#include <assert.h>
#include <string.h>
#include <time.h>

/*
 * Three length bytes are kept free and given back when it is known how many
 * are needed: nothing we write into a buf is longer than 64 KiB.
 */
#define LENGTH_ROOM 3
#define LENGTH_MAX 5

static size_t
length_bytes(size_t len, unsigned char out[LENGTH_MAX])
{
	size_t count = 0;

	assert(len <= 0xffffffff);
	if (len < 0x80) {
		out[0] = (unsigned char)len;
		return 1;
	}
	while (len >> 8 * count != 0)
		count++;
	out[0] = (unsigned char)(0x80 | count);
	for (size_t i = 0; i < count; i++)
		out[1 + i] = (unsigned char)(len >> 8 * (count - 1 - i));
	return 1 + count;
}

size_t
der_open(struct buf *b, int tag)
{
	static const unsigned char room[LENGTH_ROOM];

	buf_byte(b, (unsigned char)tag);
	buf_add(b, room, sizeof(room));
	return b->used;
}

void
der_close(struct buf *b, size_t mark)
{
	unsigned char length[LENGTH_MAX];
	size_t len, count;
	char *at;

	if (!buf_ok(b))
		return;
	assert(mark >= LENGTH_ROOM && mark <= b->used);
	len = b->used - mark;
	if (len > 0xffff) {
		b->failed = true;
		return;
	}
	count = length_bytes(len, length);
	at = b->at + mark - LENGTH_ROOM;
	memcpy(at, length, count);
	memmove(at + count, b->at + mark, len + 1); /* with buf's NUL */
	b->used -= LENGTH_ROOM - count;
}

void
der_header(struct buf *b, int tag, size_t len)
{
	unsigned char length[LENGTH_MAX];

	if (len > 0xffffffff) {
		b->failed = true;
		return;
	}
	buf_byte(b, (unsigned char)tag);
	buf_add(b, length, length_bytes(len, length));
}

void
der_put(struct buf *b, int tag, const void *content, size_t len)
{
	if (len > 0xffff) {
		b->failed = true;
		return;
	}
	der_header(b, tag, len);
	if (len > 0)
		buf_add(b, content, len);
}

void
der_raw(struct buf *b, const void *whole, size_t len)
{
	buf_add(b, whole, len);
}

void
der_small(struct buf *b, int64_t value)
{
	unsigned char bytes[8];
	size_t skip = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)((uint64_t)value >> (56 - 8 * i));
	while (skip < 7 &&
	       ((bytes[skip] == 0x00 && (bytes[skip + 1] & 0x80) == 0) ||
		   (bytes[skip] == 0xff && (bytes[skip + 1] & 0x80) != 0)))
		skip++;
	der_put(b, DER_INTEGER, bytes + skip, sizeof(bytes) - skip);
}

void
der_unsigned(struct buf *b, const unsigned char *bytes, size_t len)
{
	size_t mark;

	while (len > 0 && *bytes == 0) {
		bytes++;
		len--;
	}
	mark = der_open(b, DER_INTEGER);
	if (len == 0 || (bytes[0] & 0x80) != 0)
		buf_byte(b, 0);
	if (len > 0)
		buf_add(b, bytes, len);
	der_close(b, mark);
}

void
der_bits(struct buf *b, const void *bytes, size_t len)
{
	size_t mark = der_open(b, DER_BIT_STRING);

	buf_byte(b, 0);
	buf_add(b, bytes, len);
	der_close(b, mark);
}

void
der_time(struct buf *b, int64_t unix_s)
{
	time_t t = (time_t)unix_s;
	struct tm tm;
	char text[32];
	size_t len;
	bool late;

	/* Before 1950 and after 9999 there is no form (RFC 5280 4.1.2.5). */
	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 50 ||
	    tm.tm_year > 9999 - 1900) {
		b->failed = true;
		return;
	}
	late = tm.tm_year >= 2050 - 1900;
	len = strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	if (late)
		der_put(b, DER_GENERALIZED_TIME, text, len);
	else /* without the century */
		der_put(b, DER_UTC_TIME, text + 2, len - 2);
}
