#include "http/json.h"

#include "base/b64.h"
#include "base/hex.h"
#include "policy/input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 15

/* ---------------------------------------------------------------- reading */

/* Where the reader is; `fault` has the first that went wrong. */
struct reader {
	char *at, *end;
	struct json_fault *fault;
};

static bool
fail(struct reader *r, const char *field, const char *why)
{
	*r->fault = (struct json_fault){ field, why };
	return false;
}

static void
skip_white(struct reader *r)
{
	while (r->at < r->end && memchr(" \t\r\n", *r->at, 4) != NULL)
		r->at++;
}

/* Behind white space; false, and nothing taken, if something else is there. */
static bool
take(struct reader *r, char c)
{
	skip_white(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* A string that is being decoded: `out` never passes `r->at`. */
struct string {
	struct reader *r;
	const char *field;
	char *begin, *out;
};

/* Four digits behind `\u`. */
static bool
take_unit(struct reader *r, uint32_t *unit)
{
	unsigned char two[2];

	if (r->end - r->at < 4 || !hex_read(two, sizeof(two), r->at))
		return false;
	r->at += 4;
	*unit = (uint32_t)two[0] << 8 | two[1];
	return true;
}

/* One to three bytes for six that were read, four for twelve. */
static void
put_utf8(struct string *s, uint32_t point)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned len = point < 0x80	 ? 1
		       : point < 0x800	 ? 2
		       : point < 0x10000 ? 3
					 : 4;

	for (unsigned i = len; i-- > 1; point >>= 6)
		s->out[i] = (char)(0x80 | (point & 0x3f));
	s->out[0] = (char)(lead[len] | point);
	s->out += len;
}

static bool
take_point(struct string *s)
{
	struct reader *r = s->r;
	uint32_t point, low;

	if (!take_unit(r, &point))
		return fail(r, s->field, "has \\u without four digits");
	if (point == 0)
		return fail(r, s->field, "has a NUL");
	if (point >= 0xdc00 && point <= 0xdfff)
		return fail(r, s->field, "has half of a surrogate pair");
	if (point >= 0xd800 && point <= 0xdbff) {
		if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
			return fail(
			    r, s->field, "has half of a surrogate pair");
		r->at += 2;
		if (!take_unit(r, &low) || low < 0xdc00 || low > 0xdfff)
			return fail(
			    r, s->field, "has half of a surrogate pair");
		point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
	}
	put_utf8(s, point);
	return true;
}

static bool
take_escape(struct string *s)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	struct reader *r = s->r;
	const char *name;
	char c;

	if (r->at == r->end)
		return fail(r, s->field, "does not end");
	c = *r->at++;
	if (c == 'u')
		return take_point(s);
	name = memchr(names, c, sizeof(names) - 1);
	if (name == NULL)
		return fail(r, s->field, "has an escape that JSON has not");
	*s->out++ = values[name - names];
	return true;
}

/* Behind its first quote. What it is, with a NUL in the place of the other
 * quote or before it. */
static bool
take_string(struct reader *r, const char *field, char **text, size_t *len)
{
	struct string s = { r, field, r->at, r->at };
	unsigned char c;

	while (r->at < r->end && *r->at != '"') {
		c = (unsigned char)*r->at++;
		if (c < 0x20)
			return fail(r, field, "has a bare control character");
		if (c != '\\')
			*s.out++ = (char)c;
		else if (!take_escape(&s))
			return false;
	}
	if (r->at == r->end)
		return fail(r, field, "does not end");
	r->at++;
	*text = s.begin;
	*len = (size_t)(s.out - s.begin);
	if (!input_utf8(*text, *len))
		return fail(r, field, "is not UTF-8");
	*s.out = '\0';
	return true;
}

static bool
take_text(struct reader *r, const struct json_member *m)
{
	if (!take(r, '"'))
		return fail(r, m->name, "must be a string");
	if (!take_string(r, m->name, &m->into->text, &m->into->len))
		return false;
	return m->into->len <= m->max || fail(r, m->name, "is too long");
}

/* RFC 8259 6 without fraction and exponent: no leading zero. */
static bool
take_integer(struct reader *r, const struct json_member *m)
{
	bool minus = take(r, '-');
	const char *first = r->at;
	int64_t n = 0;
	size_t digits;

	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
		if (r->at - first < DIGITS_MAX)
			n = n * 10 + (*r->at - '0');
	digits = (size_t)(r->at - first);
	if (digits == 0 || (digits > 1 && *first == '0'))
		return fail(r, m->name, "must be a whole number");
	if (digits > DIGITS_MAX)
		return fail(r, m->name, "has more than 15 digits");
	if (r->at < r->end && memchr(".eE", *r->at, 3) != NULL)
		return fail(r, m->name, "must be a whole number");
	m->into->integer = minus ? -n : n;
	return true;
}

static bool
take_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

static bool
take_flag(struct reader *r, const struct json_member *m)
{
	skip_white(r);
	m->into->flag = take_word(r, "true");
	return m->into->flag || take_word(r, "false") ||
	       fail(r, m->name, "must be true or false");
}

static bool
take_value(struct reader *r, const struct json_member *m)
{
	m->into->there = true;
	skip_white(r);
	switch (m->type) {
	case JSON_TEXT:
		return take_text(r, m);
	case JSON_INTEGER:
		return take_integer(r, m);
	case JSON_FLAG:
		return take_flag(r, m);
	}
	return false;
}

static bool
take_member(struct reader *r, const struct json_member *members, size_t count)
{
	const struct json_member *m = members;
	char *name;
	size_t len;

	if (!take(r, '"'))
		return fail(r, NULL, "must be one JSON object");
	if (!take_string(r, NULL, &name, &len))
		return false;
	while (m < members + count && strcmp(m->name, name) != 0)
		m++;
	if (m == members + count)
		return fail(r, NULL, "has a member that this does not take");
	if (m->into->there)
		return fail(r, m->name, "is there twice");
	return take(r, ':') ? take_value(r, m)
			    : fail(r, m->name, "has no value");
}

static bool
take_members(struct reader *r, const struct json_member *members, size_t count)
{
	if (take(r, '}'))
		return true;
	do {
		if (!take_member(r, members, count))
			return false;
	} while (take(r, ','));
	return take(r, '}') || fail(r, NULL, "must be one JSON object");
}

bool
json_read(char *bytes, size_t len, const struct json_member *members,
    size_t count, struct json_fault *fault)
{
	struct reader r = { bytes, bytes + len, fault };
	size_t i;

	for (i = 0; i < count; i++)
		*members[i].into = (struct json_value){ 0 };
	if (len == 0 || !take(&r, '{'))
		return fail(&r, NULL, "must be one JSON object");
	if (!take_members(&r, members, count))
		return false;
	skip_white(&r);
	if (r.at != r.end)
		return fail(&r, NULL, "has something behind its end");
	for (i = 0; i < count; i++)
		if (!members[i].optional && !members[i].into->there)
			return fail(&r, members[i].name, "is missing");
	return true;
}

/* ---------------------------------------------------------------- writing */

static void
put_string(struct buf *out, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	buf_byte(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20) {
			buf_text(out, "\\u00");
			buf_byte(out, (unsigned char)digits[c >> 4]);
			buf_byte(out, (unsigned char)digits[c & 15]);
			continue;
		}
		if (c == '"' || c == '\\')
			buf_byte(out, '\\');
		buf_byte(out, c);
	}
	buf_byte(out, '"');
}

/* A comma unless it is the first, and the name. */
static void
begin(struct buf *out, const char *name)
{
	if (out->used > 0 && strchr("{[", out->at[out->used - 1]) == NULL)
		buf_byte(out, ',');
	if (name == NULL)
		return;
	put_string(out, name);
	buf_byte(out, ':');
}

void
json_open(struct buf *out, const char *name, char bracket)
{
	begin(out, name);
	buf_byte(out, (unsigned char)bracket);
}

void
json_close(struct buf *out, char bracket)
{
	buf_byte(out, (unsigned char)bracket);
}

void
json_text(struct buf *out, const char *name, const char *text)
{
	begin(out, name);
	put_string(out, text);
}

void
json_number(struct buf *out, const char *name, int64_t integer)
{
	begin(out, name);
	buf_printf(out, "%" PRId64, integer);
}

void
json_flag(struct buf *out, const char *name, bool flag)
{
	begin(out, name);
	buf_text(out, flag ? "true" : "false");
}

void
json_bytes(struct buf *out, const char *name, const void *bytes, size_t len)
{
	size_t size = b64_encoded_size(len, B64_LINES_NONE);
	char *text = malloc(size + 1);

	begin(out, name);
	if (text == NULL) {
		out->failed = true;
		return;
	}
	buf_byte(out, '"');
	buf_add(out, text, b64_encode(text, bytes, len, B64_LINES_NONE));
	buf_byte(out, '"');
	free(text);
}
