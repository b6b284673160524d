#include "pki/name.h"

#include "policy/utf8.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define TAG_UNIVERSAL_STRING 0x1c

/* GeneralName, RFC 5280 4.2.1.6. */
#define NAME_EMAIL DER_CONTEXT(1)
#define NAME_DNS DER_CONTEXT(2)
#define NAME_DIRECTORY DER_CONTEXT_SET(4)

/* ------------------------------------------------------------- strings */

/* A string that is read character by character, in its compared form. */
struct reader {
	struct der rest;
	int tag;
	bool broken;   /* not a string of its type */
	bool started;  /* something but a space has been given */
	uint32_t held; /* comes next, after a space was given for a run */
	bool holds;
};

#define END UTF8_BAD /* of the text, or of what is good of it */

static uint32_t
wide(struct reader *r, size_t size)
{
	uint32_t c = 0;

	if (r->rest.len < size) {
		r->broken = true;
		return END;
	}
	for (size_t i = 0; i < size; i++)
		c = c << 8 | r->rest.at[i];
	r->rest.at += size;
	r->rest.len -= size;
	return c;
}

static uint32_t
utf8(struct reader *r)
{
	size_t used = 0;
	uint32_t c = utf8_next((const char *)r->rest.at, r->rest.len, &used);

	r->broken = c == UTF8_BAD;
	r->rest.at += used;
	r->rest.len -= used;
	return c;
}

static uint32_t
raw(struct reader *r)
{
	if (der_empty(&r->rest))
		return END;
	switch (r->tag) {
	case DER_UTF8_STRING:
		return utf8(r);
	case DER_BMP_STRING:
		return wide(r, 2);
	case TAG_UNIVERSAL_STRING:
		return wide(r, 4);
	}
	return wide(r, 1); /* T61String is taken for Latin-1, as by all */
}

/*
 * The next character: ASCII letters small, spaces at the ends left out, and
 * one for each run of them inside. END at the end.
 */
static uint32_t
next(struct reader *r)
{
	bool space = false;
	uint32_t c;

	if (r->holds) {
		r->holds = false;
		return r->held;
	}
	while ((c = raw(r)) == ' ')
		space = true;
	if (c == END)
		return END;
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (space && r->started) {
		r->holds = true;
		r->held = c;
		return ' ';
	}
	r->started = true;
	return c;
}

static bool
text_equal(int tag_a, const struct der *a, int tag_b, const struct der *b)
{
	struct reader x = { .rest = *a, .tag = tag_a };
	struct reader y = { .rest = *b, .tag = tag_b };
	uint32_t c;

	do {
		c = next(&x);
		if (c != next(&y) || x.broken || y.broken)
			return false;
	} while (c != END);
	return true;
}

static bool
is_text(int tag)
{
	return tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING ||
	       tag == DER_T61_STRING || tag == DER_IA5_STRING ||
	       tag == DER_BMP_STRING || tag == TAG_UNIVERSAL_STRING;
}

/* --------------------------------------------------------------- names */

/* Two AttributeTypeAndValue, with header. */
static bool
attribute_equal(const struct der *a, const struct der *b)
{
	struct der x = *a, y = *b, type_x, type_y, value_x, value_y, whole_x,
		   whole_y;
	int tag_x, tag_y;

	if (!der_take(&x, DER_SEQUENCE, &x) || !der_take(&y, DER_SEQUENCE, &y))
		return false;
	if (!der_take_oid(&x, &type_x) || !der_take_oid(&y, &type_y) ||
	    !der_equal(&type_x, type_y.at, type_y.len))
		return false;
	if (!der_take_any(&x, &tag_x, &value_x, &whole_x) ||
	    !der_take_any(&y, &tag_y, &value_y, &whole_y) || !der_empty(&x) ||
	    !der_empty(&y))
		return false;
	if (is_text(tag_x) && is_text(tag_y))
		return text_equal(tag_x, &value_x, tag_y, &value_y);
	return der_equal(&whole_x, whole_y.at, whole_y.len);
}

typedef bool equal_fn(const struct der *a, const struct der *b);

/*
 * Do the elements in `a` and in `b` match one to one, in any order? Their
 * order in DER is no help: it changes with the string types.
 */
static bool
sets_equal(struct der a, struct der b, equal_fn *equal)
{
	struct der b_all[NAME_GENERAL_MAX], element, inner;
	bool used[NAME_GENERAL_MAX] = { false };
	size_t count = 0, matched = 0, i;
	int tag;

	while (!der_empty(&b)) {
		if (count == NAME_GENERAL_MAX ||
		    !der_take_any(&b, &tag, &inner, &b_all[count]))
			return false;
		count++;
	}
	while (!der_empty(&a)) {
		if (matched == count ||
		    !der_take_any(&a, &tag, &inner, &element))
			return false;
		for (i = 0; i < count; i++) {
			if (!used[i] && equal(&element, &b_all[i]))
				break;
		}
		if (i == count)
			return false;
		used[i] = true;
		matched++;
	}
	return matched == count;
}

bool
name_equal(const struct der *a, const struct der *b)
{
	struct der x = *a, y = *b, rdn_x, rdn_y;

	if (!der_take(&x, DER_SEQUENCE, &x) || !der_take(&y, DER_SEQUENCE, &y))
		return false;
	while (!der_empty(&x) && !der_empty(&y)) {
		if (!der_take(&x, DER_SET, &rdn_x) ||
		    !der_take(&y, DER_SET, &rdn_y) ||
		    !sets_equal(rdn_x, rdn_y, attribute_equal))
			return false;
	}
	return der_empty(&x) && der_empty(&y);
}

/* Equal but for the case of ASCII letters, from byte `from` on. */
static bool
caseless_equal(const struct der *a, const struct der *b, size_t from)
{
	if (a->len != b->len || from > a->len ||
	    memcmp(a->at, b->at, from) != 0)
		return false;
	for (size_t i = from; i < a->len; i++) {
		if (tolower(a->at[i]) != tolower(b->at[i]))
			return false;
	}
	return true;
}

/* RFC 5280 7.5: the local part as it is, the host without case. */
static bool
email_equal(const struct der *a, const struct der *b)
{
	const unsigned char *at = memrchr(a->at, '@', a->len);

	return caseless_equal(a, b, at == NULL ? 0 : (size_t)(at - a->at));
}

static bool
general_equal(const struct der *a, const struct der *b)
{
	struct der rest_x = *a, rest_y = *b, x, y, whole;
	int tag_x, tag_y;

	if (!der_take_any(&rest_x, &tag_x, &x, &whole) ||
	    !der_take_any(&rest_y, &tag_y, &y, &whole) || tag_x != tag_y)
		return false;
	switch (tag_x) {
	case NAME_EMAIL:
		return email_equal(&x, &y);
	case NAME_DNS:
		return caseless_equal(&x, &y, 0);
	case NAME_DIRECTORY: /* EXPLICIT: Name is a CHOICE */
		return name_equal(&x, &y);
	}
	return der_equal(a, b->at, b->len);
}

bool
name_general_equal(const struct der *a, const struct der *b)
{
	struct der x = *a, y = *b;

	if (!der_empty(&x) && !der_take(&x, DER_SEQUENCE, &x))
		return false;
	if (!der_empty(&y) && !der_take(&y, DER_SEQUENCE, &y))
		return false;
	return sets_equal(x, y, general_equal);
}

static bool
rdn_good(struct der rdn)
{
	struct der attribute, type, value, whole;
	int tag;

	if (der_empty(&rdn))
		return false;
	while (!der_empty(&rdn)) {
		if (!der_take(&rdn, DER_SEQUENCE, &attribute) ||
		    !der_take_oid(&attribute, &type) ||
		    !der_take_any(&attribute, &tag, &value, &whole) ||
		    !der_empty(&attribute))
			return false;
	}
	return true;
}

bool
name_good(const struct der *name)
{
	struct der rest = *name, rdns, rdn;

	if (!der_take(&rest, DER_SEQUENCE, &rdns) || !der_empty(&rest))
		return false;
	while (!der_empty(&rdns)) {
		if (!der_take(&rdns, DER_SET, &rdn) || !rdn_good(rdn))
			return false;
	}
	return true;
}
