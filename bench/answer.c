#include "bench/answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROOM_FIRST 4096
#define CHUNK_LINE_MAX 1024

void
answer_reset(struct answer *a)
{
	*a = (struct answer){ .bytes = a->bytes, .cap = a->cap };
}

void
answer_free(struct answer *a)
{
	free(a->bytes);
	*a = (struct answer){ 0 };
}

char *
answer_room(struct answer *a, size_t *room)
{
	if (a->len == a->cap) {
		size_t cap = a->cap == 0 ? ROOM_FIRST : a->cap * 2;
		char *more;

		if (cap > ANSWER_MAX)
			return NULL;
		more = realloc(a->bytes, cap);
		if (more == NULL)
			abort();
		a->bytes = more;
		a->cap = cap;
	}
	*room = a->cap - a->len;
	return a->bytes + a->len;
}

/* Digits of `base`, no sign, nothing after them but blanks. */
static bool
read_size(const char *s, size_t len, unsigned base, size_t *out)
{
	size_t n = 0, i;

	for (i = 0; i < len && s[i] != ' ' && s[i] != '\t'; i++) {
		unsigned digit = 16;

		if (s[i] >= '0' && s[i] <= '9')
			digit = (unsigned)(s[i] - '0');
		else if ((s[i] | 32) >= 'a' && (s[i] | 32) <= 'f')
			digit = (unsigned)((s[i] | 32) - 'a') + 10;
		if (digit >= base || n > ANSWER_MAX)
			return false;
		n = n * base + digit;
	}
	if (i == 0)
		return false;
	while (i < len && (s[i] == ' ' || s[i] == '\t'))
		i++;
	if (i < len)
		return false;
	*out = n;
	return true;
}

/* Is the list element `word` in the field value? */
static bool
has_word(const char *value, size_t len, const char *word)
{
	size_t want = strlen(word);

	while (len > 0) {
		size_t skip = 0, part;

		while (skip < len && strchr(", \t", value[skip]) != NULL)
			skip++;
		value += skip;
		len -= skip;
		for (part = 0; part < len; part++)
			if (strchr(", \t", value[part]) != NULL)
				break;
		if (part == want && strncasecmp(value, word, want) == 0)
			return true;
		value += part;
		len -= part;
	}
	return false;
}

static bool
read_field(struct answer *a, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len), *value;
	size_t name_len, value_len;

	if (colon == NULL)
		return false;
	name_len = (size_t)(colon - line);
	value = colon + 1;
	value_len = len - name_len - 1;
	while (value_len > 0 && (*value == ' ' || *value == '\t')) {
		value++;
		value_len--;
	}
	if (name_len == 14 && strncasecmp(line, "Content-Length", 14) == 0) {
		if (a->form == ANSWER_CHUNKED)
			return true; /* RFC 9112 6.3: chunked wins */
		a->form = ANSWER_COUNTED;
		return read_size(value, value_len, 10, &a->body_len);
	}
	if (name_len == 17 && strncasecmp(line, "Transfer-Encoding", 17) == 0) {
		a->form = ANSWER_CHUNKED;
		return has_word(value, value_len, "chunked");
	}
	if (name_len == 10 && strncasecmp(line, "Connection", 10) == 0) {
		if (has_word(value, value_len, "close"))
			a->keep = false;
		else if (has_word(value, value_len, "keep-alive"))
			a->keep = true;
	}
	return true;
}

/* "HTTP/1.1 200 OK" */
static bool
read_status_line(struct answer *a, const char *line, size_t len)
{
	if (len < 12 || strncmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ' ||
	    (line[7] != '0' && line[7] != '1'))
		return false;
	a->status = 0;
	for (size_t i = 9; i < 12; i++) {
		if (line[i] < '0' || line[i] > '9')
			return false;
		a->status = a->status * 10 + (line[i] - '0');
	}
	a->keep = line[7] == '1';
	return (len == 12 || line[12] == ' ') && a->status >= 100;
}

static enum answer_rc
read_head(struct answer *a)
{
	const char *at = a->bytes, *end = a->bytes + a->head_len;

	a->form = ANSWER_TO_EOF;
	a->body_len = 0;
	for (bool first = true; at < end; first = false) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)(lf - at);

		if (len > 0 && at[len - 1] == '\r')
			len--;
		if (len > 0 && !(first ? read_status_line(a, at, len)
				       : read_field(a, at, len)))
			return ANSWER_BAD;
		if (len == 0 && first)
			return ANSWER_BAD;
		at = lf + 1;
	}
	if (a->status < 200 || a->status == 204 || a->status == 304) {
		a->form = ANSWER_NONE;
		a->body_len = 0;
	}
	if (a->form == ANSWER_CHUNKED)
		a->body_len = 0; /* a Content-Length beside it is void */
	if (a->form == ANSWER_TO_EOF)
		a->keep = false;
	a->parsed = a->head_len;
	return ANSWER_MORE;
}

/* Finds the blank line that ends the head. */
static enum answer_rc
find_head(struct answer *a)
{
	for (size_t i = 0; i + 1 < a->len; i++) {
		size_t next = i + 1;

		if (a->bytes[i] != '\n')
			continue;
		if (a->bytes[next] == '\r' && next + 1 < a->len)
			next++;
		if (a->bytes[next] != '\n')
			continue;
		a->head_len = next + 1;
		return read_head(a);
	}
	return ANSWER_MORE;
}

/* 100 Continue and its like: the real answer follows. */
static void
drop_interim(struct answer *a)
{
	a->len -= a->head_len;
	memmove(a->bytes, a->bytes + a->head_len, a->len);
	a->head_len = 0;
}

static enum answer_rc
read_chunk_line(struct answer *a)
{
	const char *line = a->bytes + a->parsed;
	const char *lf = memchr(line, '\n', a->len - a->parsed), *semi;
	size_t len;

	if (lf == NULL)
		return a->len - a->parsed > CHUNK_LINE_MAX ? ANSWER_BAD
							   : ANSWER_MORE;
	len = (size_t)(lf - line);
	a->parsed += len + 1;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (a->last_chunk)
		return len == 0 ? ANSWER_DONE : ANSWER_MORE;
	semi = memchr(line, ';', len);
	if (semi != NULL)
		len = (size_t)(semi - line);
	if (!read_size(line, len, 16, &a->chunk_left))
		return ANSWER_BAD;
	a->last_chunk = a->chunk_left == 0;
	a->in_chunk = !a->last_chunk;
	return ANSWER_MORE;
}

/* Moves chunk data together, right behind the head. */
static enum answer_rc
read_chunk_data(struct answer *a)
{
	size_t have = a->len - a->parsed;

	if (a->chunk_left > 0) {
		size_t n = have < a->chunk_left ? have : a->chunk_left;

		memmove(a->bytes + a->head_len + a->body_len,
		    a->bytes + a->parsed, n);
		a->body_len += n;
		a->parsed += n;
		a->chunk_left -= n;
		return ANSWER_MORE;
	}
	if (a->bytes[a->parsed] == '\r' && have < 2)
		return ANSWER_MORE;
	if (a->bytes[a->parsed] == '\r')
		a->parsed++;
	if (a->bytes[a->parsed++] != '\n')
		return ANSWER_BAD;
	a->in_chunk = false;
	return ANSWER_MORE;
}

static enum answer_rc
read_chunks(struct answer *a)
{
	size_t before;

	do {
		enum answer_rc rc;

		before = a->parsed;
		if (before == a->len)
			return ANSWER_MORE;
		rc = a->in_chunk ? read_chunk_data(a) : read_chunk_line(a);
		if (rc != ANSWER_MORE)
			return rc;
	} while (a->parsed > before);
	return ANSWER_MORE;
}

enum answer_rc
answer_feed(struct answer *a, size_t n)
{
	a->len += n;
	while (a->head_len == 0) {
		if (find_head(a) == ANSWER_BAD)
			return ANSWER_BAD;
		if (a->head_len == 0)
			return ANSWER_MORE;
		if (a->status < 200)
			drop_interim(a);
	}
	switch (a->form) {
	case ANSWER_NONE:
		return ANSWER_DONE;
	case ANSWER_COUNTED:
		return a->len - a->head_len >= a->body_len ? ANSWER_DONE
							   : ANSWER_MORE;
	case ANSWER_CHUNKED:
		return read_chunks(a);
	case ANSWER_TO_EOF:
		a->body_len = a->len - a->head_len;
		return ANSWER_MORE;
	}
	return ANSWER_BAD;
}

enum answer_rc
answer_end(struct answer *a)
{
	return a->head_len > 0 && a->form == ANSWER_TO_EOF ? ANSWER_DONE
							   : ANSWER_BAD;
}

const char *
answer_body(const struct answer *a, size_t *len)
{
	*len = a->body_len;
	return a->bytes + a->head_len;
}
