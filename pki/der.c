#include "pki/der.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#define DEPTH_CEILING 32 /* of der_strict, whatever the caller allows */

bool
der_empty(const struct der *d)
{
	return d->len == 0;
}

int
der_peek(const struct der *d)
{
	return d->len == 0 ? -1 : d->at[0];
}

/*
 * The length after the tag byte (X.690 8.1.3, 10.1): definite, as short as it
 * can be, and inside the input. What we take fits four length bytes.
 */
static bool
take_length(const struct der *from, size_t *header, size_t *len)
{
	size_t count, value = 0;

	if (from->len < 2)
		return false;
	*header = 2;
	*len = from->at[1];
	if (*len >= 0x80) {
		count = *len & 0x7f;
		if (count == 0 || count > 4 || from->len - 2 < count ||
		    from->at[2] == 0)
			return false;
		for (size_t i = 0; i < count; i++)
			value = value << 8 | from->at[2 + i];
		if (value < 0x80)
			return false;
		*header += count;
		*len = value;
	}
	return *len <= from->len - *header;
}

bool
der_take_any(struct der *from, int *tag, struct der *content, struct der *whole)
{
	struct der element;
	size_t header, len;

	/* Tags of several bytes stand nowhere in what we read. */
	if (from->len == 0 || (from->at[0] & 0x1f) == 0x1f ||
	    !take_length(from, &header, &len))
		return false;
	element = (struct der){ from->at, header + len };
	from->at += element.len;
	from->len -= element.len;
	*tag = element.at[0];
	*whole = element;
	*content = (struct der){ element.at + header, len };
	return true;
}

bool
der_take(struct der *from, int tag, struct der *content)
{
	struct der whole;
	int found;

	return der_peek(from) == tag &&
	       der_take_any(from, &found, content, &whole);
}

bool
der_take_whole(struct der *from, int tag, struct der *whole)
{
	struct der content;
	int found;

	return der_peek(from) == tag &&
	       der_take_any(from, &found, &content, whole);
}

/*
 * Arcs of at most nine bytes (63 bits), none with a needless leading 0x80
 * (X.690 8.19.2); D-07.
 */
static bool
oid_good(const struct der *oid)
{
	size_t arc = 0;

	if (oid->len == 0 || oid->len > 64 ||
	    (oid->at[oid->len - 1] & 0x80) != 0)
		return false;
	for (size_t i = 0; i < oid->len; i++) {
		if (arc == 0 && oid->at[i] == 0x80)
			return false;
		if (++arc > 9)
			return false;
		if ((oid->at[i] & 0x80) == 0)
			arc = 0;
	}
	return true;
}

bool
der_take_oid(struct der *from, struct der *oid)
{
	return der_take(from, DER_OID, oid) && oid_good(oid);
}

static bool
integer_good(const struct der *n)
{
	if (n->len == 0)
		return false;
	if (n->len == 1)
		return true;
	/* The first byte only repeats the sign of the second. */
	return n->at[0] != ((n->at[1] & 0x80) != 0 ? 0xff : 0x00);
}

bool
der_take_integer(struct der *from, struct der *content)
{
	return der_take(from, DER_INTEGER, content) && integer_good(content);
}

bool
der_take_small(struct der *from, int64_t *value)
{
	struct der n;
	uint64_t v;

	if (!der_take_integer(from, &n) || n.len > sizeof(v))
		return false;
	v = (n.at[0] & 0x80) != 0 ? UINT64_MAX : 0;
	for (size_t i = 0; i < n.len; i++)
		v = v << 8 | n.at[i];
	*value = (int64_t)v;
	return true;
}

/* X.690 8.6, 11.2: at most seven unused bits, and all of them zero. */
static bool
bits_good(const struct der *bits)
{
	unsigned unused;

	if (bits->len == 0)
		return false;
	unused = bits->at[0];
	if (unused == 0)
		return true;
	return unused <= 7 && bits->len > 1 &&
	       (bits->at[bits->len - 1] & ((1U << unused) - 1)) == 0;
}

bool
der_take_bits(struct der *from, struct der *bits)
{
	if (!der_take(from, DER_BIT_STRING, bits) || !bits_good(bits) ||
	    bits->at[0] != 0)
		return false;
	bits->at++;
	bits->len--;
	return true;
}

/* The number of two digits. */
static bool
take_pair(struct der *text, int *value)
{
	if (text->len < 2 || text->at[0] < '0' || text->at[0] > '9' ||
	    text->at[1] < '0' || text->at[1] > '9')
		return false;
	*value = (text->at[0] - '0') * 10 + text->at[1] - '0';
	text->at += 2;
	text->len -= 2;
	return true;
}

bool
der_take_time(struct der *from, int64_t *unix_s)
{
	struct der text, whole;
	struct tm tm = { 0 };
	int tag, century = 0, year;

	if (!der_take_any(from, &tag, &text, &whole) ||
	    (tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME) ||
	    (tag == DER_GENERALIZED_TIME && !take_pair(&text, &century)) ||
	    !take_pair(&text, &year) || !take_pair(&text, &tm.tm_mon) ||
	    !take_pair(&text, &tm.tm_mday) || !take_pair(&text, &tm.tm_hour) ||
	    !take_pair(&text, &tm.tm_min) || !take_pair(&text, &tm.tm_sec) ||
	    !der_equal(&text, "Z", 1))
		return false;
	if (tag == DER_UTC_TIME)
		century = year < 50 ? 20 : 19;
	else if (century * 100 + year < 2050)
		return false;
	tm.tm_year = century * 100 + year - 1900;
	tm.tm_mon--;
	*unix_s = timegm(&tm);
	return true;
}

bool
der_equal(const struct der *d, const void *bytes, size_t len)
{
	return d->len == len && (len == 0 || memcmp(d->at, bytes, len) == 0);
}

static bool
white(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* As octet strings, the shorter one padded with zeros. */
bool
der_before(const struct der *a, const struct der *b)
{
	size_t both = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->at, b->at, both);

	return order != 0 ? order < 0 : a->len < b->len;
}

void
der_trim(struct der *text)
{
	while (text->len > 0 && white(text->at[0])) {
		text->at++;
		text->len--;
	}
	while (text->len > 0 && white(text->at[text->len - 1]))
		text->len--;
}

/* Are the elements of a SET OF in DER order, each once (X.690 11.6)? */
static bool
set_sorted(const struct der *content)
{
	struct der rest = *content, last = { NULL, 0 }, whole, inner;
	int tag;

	while (!der_empty(&rest)) {
		if (!der_take_any(&rest, &tag, &inner, &whole))
			return false;
		if (last.at != NULL && !der_before(&last, &whole))
			return false;
		last = whole;
	}
	return true;
}

/* The rules for what is inside a primitive of a universal type. */
static bool
primitive_good(int tag, const struct der *content)
{
	switch (tag) {
	case DER_BOOLEAN:
		return content->len == 1 &&
		       (content->at[0] == 0x00 || content->at[0] == 0xff);
	case DER_INTEGER:
		return integer_good(content);
	case DER_BIT_STRING:
		return bits_good(content);
	case DER_NULL:
		return content->len == 0;
	case DER_OID:
		return oid_good(content);
	}
	return true;
}

/* Of the universal types only SEQUENCE and SET are constructed in DER. */
static bool
form_good(int tag)
{
	bool universal = (tag & 0xc0) == 0;
	bool constructed = (tag & 0x20) != 0;

	if (!universal)
		return true;
	if (constructed)
		return tag == DER_SEQUENCE || tag == DER_SET;
	return tag != 0x00 && tag != (DER_SEQUENCE & 0x1f) &&
	       tag != (DER_SET & 0x1f);
}

static bool
walk(const struct der *whole, unsigned depth_max, bool sorted)
{
	struct der rest[DEPTH_CEILING], inner, element;
	unsigned depth = 0;
	int tag;

	assert(depth_max < DEPTH_CEILING);
	rest[0] = *whole;
	for (;;) {
		if (der_empty(&rest[depth])) {
			if (depth == 0)
				return whole->len > 0;
			depth--;
			continue;
		}
		if (!der_take_any(&rest[depth], &tag, &inner, &element) ||
		    !form_good(tag))
			return false;
		if ((tag & 0x20) == 0) {
			if (!primitive_good(tag, &inner))
				return false;
			continue;
		}
		if (sorted && tag == DER_SET && !set_sorted(&inner))
			return false;
		if (++depth > depth_max)
			return false;
		rest[depth] = inner;
	}
}

bool
der_good(const struct der *whole, unsigned depth_max)
{
	return walk(whole, depth_max, false);
}

bool
der_strict(const struct der *whole, unsigned depth_max)
{
	return walk(whole, depth_max, true);
}
