#include "http/reader.h"

#include "base/held.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One byte over is enough to see that a head is too long. */
static size_t
head_room(const struct head_limits *limits)
{
	return limits->head + 2 * (size_t)HEAD_STRAY_MAX + 1;
}

void
reader_init(struct reader *t, const struct head_limits *limits)
{
	*t = (struct reader){ .limits = *limits };
	buf_init(&t->text, head_room(limits));
	buf_init(&t->body, limits->body);
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static enum reader_rc
refused(struct reader *t, int status, const char *why)
{
	t->status = status;
	t->why = why;
	return READER_REFUSED;
}

static enum reader_rc
no_memory(struct reader *t)
{
	return refused(
	    t, 503, "There is no memory at the moment; try again later.");
}

/* What fits its ceiling has been looked at: only memory can be missing. */
static bool
keep(struct buf *b, const char *bytes, size_t len)
{
	buf_add(b, bytes, len);
	return buf_ok(b);
}

/* Of what was taken in, all behind `end` is given back. */
static void
end_head(struct reader *t, size_t end)
{
	explicit_bzero(t->text.at + end, t->text.used - end);
	t->text.used = end;
	t->head_whole = true;
	if (t->head->framing == HEAD_BODY_CHUNKED)
		chunked_init(&t->chunked, t->limits.body);
}

static enum reader_rc
read_head(struct reader *t, const char *bytes, size_t len, size_t *used)
{
	size_t before = t->text.used;

	*used = smaller(len, head_room(&t->limits) - before);
	if (before + *used == 0)
		return READER_IDLE;
	if (t->head == NULL) {
		t->head = calloc(1, sizeof(*t->head));
		if (t->head == NULL)
			return no_memory(t);
		head_init(t->head);
	}
	if (!keep(&t->text, bytes, *used))
		return no_memory(t);
	switch (head_read(t->head, &t->limits, t->text.at, t->text.used)) {
	case HEAD_REFUSED:
		return refused(t, t->head->status, t->head->why);
	case HEAD_WHOLE:
		*used = t->head->end - before;
		end_head(t, t->head->end);
		return READER_BODY;
	case HEAD_MORE:
		break;
	}
	return head_begun(t->head) ? READER_HEAD : READER_IDLE;
}

static enum reader_rc
read_sized(struct reader *t, const char *bytes, size_t len, size_t *used)
{
	size_t length = (size_t)t->head->length;

	*used = smaller(len, length - t->body.used);
	if (!keep(&t->body, bytes, *used))
		return no_memory(t);
	return t->body.used == length ? READER_WHOLE : READER_BODY;
}

static enum reader_rc
read_chunked(struct reader *t, const char *bytes, size_t len, size_t *used)
{
	enum chunked_rc rc = CHUNKED_MORE;
	char piece[4096]; /* where the coding is taken off */
	size_t n, data;

	for (*used = 0; rc == CHUNKED_MORE && *used < len; *used += n) {
		n = smaller(len - *used, sizeof(piece));
		memcpy(piece, bytes + *used, n);
		rc = chunked_decode(&t->chunked, piece, n, &n, &data);
		if (!keep(&t->body, piece, data))
			return no_memory(t);
	}
	switch (rc) {
	case CHUNKED_MORE:
		return READER_BODY;
	case CHUNKED_DONE:
		return READER_WHOLE;
	case CHUNKED_TOO_LARGE:
		return refused(t, 413, "The body is too large.");
	case CHUNKED_BAD:
		break;
	}
	return refused(t, 400, "The chunked coding is malformed.");
}

static enum reader_rc
read_body(struct reader *t, const char *bytes, size_t len, size_t *used)
{
	switch (t->head->framing) {
	case HEAD_BODY_SIZED:
		return read_sized(t, bytes, len, used);
	case HEAD_BODY_CHUNKED:
		return read_chunked(t, bytes, len, used);
	case HEAD_NO_BODY:
		break;
	}
	*used = 0;
	return READER_WHOLE;
}

enum reader_rc
reader_read(struct reader *t, const char *bytes, size_t len, size_t *used)
{
	size_t of_head = 0;
	enum reader_rc rc;

	if (!t->head_whole) {
		rc = read_head(t, bytes, len, used);
		if (rc != READER_BODY)
			return rc;
		of_head = *used;
	}
	rc = read_body(t, bytes + of_head, len - of_head, used);
	*used += of_head;
	return rc;
}

/* Who has begun to send the body does not wait (RFC 9110 10.1.1). */
bool
reader_wants_continue(const struct reader *t)
{
	return t->head->wants_continue && t->body.used == 0;
}

bool
reader_is_head(const struct reader *t)
{
	const struct head *h = t->head;

	return h != NULL && h->method.len > 0 && head_is(h, t->text.at, "HEAD");
}

bool
reader_field(const struct reader *t, const char *name, char *value, size_t size)
{
	const struct head_part *found = NULL;
	size_t len;

	if (t->head != NULL)
		found = head_find(t->head, t->text.at, name);
	if (found == NULL)
		return false;
	len = smaller(found->len, size - 1);
	memcpy(value, t->text.at + found->at, len);
	value[len] = '\0';
	return true;
}

bool
reader_query(const struct reader *t, char **text)
{
	const struct head_part *query = &t->head->query;

	*text = NULL;
	if (query->at == 0)
		return true;
	/* libevhtp gives it back to the allocator that it was told. */
	*text = held_malloc(query->len + 1);
	if (*text == NULL)
		return false;
	memcpy(*text, t->text.at + query->at, query->len);
	(*text)[query->len] = '\0';
	return true;
}

size_t
reader_plain_room(const struct reader *t)
{
	return t->head->end + HEAD_PLAIN_EXTRA + t->body.used;
}

size_t
reader_plain(const struct reader *t, char *out)
{
	size_t n = head_plain(t->head, t->text.at, t->body.used, out);

	assert(n <= t->head->end + HEAD_PLAIN_EXTRA);
	if (t->body.used > 0)
		memcpy(out + n, t->body.at, t->body.used);
	return n + t->body.used;
}

void
reader_clear(struct reader *t)
{
	free(t->head);
	t->head = NULL;
	t->head_whole = false;
	buf_free(&t->text);
	buf_free(&t->body);
}
