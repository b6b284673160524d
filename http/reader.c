#include "http/reader.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

void
reader_init(struct reader *t, const struct head_limits *limits)
{
	*t = (struct reader){ .limits = *limits };
	t->in = evbuffer_new();
	t->body = evbuffer_new();
	if (t->in == NULL || t->body == NULL)
		xalloc_failed();
}

void
reader_clear(struct reader *t)
{
	reader_next(t);
	evbuffer_free(t->in);
	evbuffer_free(t->body);
}

static enum reader_rc
refused(struct reader *t, int status, const char *why)
{
	t->status = status;
	t->why = why;
	return READER_REFUSED;
}

static void
take_head(struct reader *t)
{
	size_t n = t->head->end;

	t->text = xmalloc(n);
	evbuffer_remove(t->in, t->text, n);
	if (t->head->framing == HEAD_BODY_CHUNKED)
		chunked_init(&t->chunked, t->limits.body);
}

static enum reader_rc
read_head(struct reader *t)
{
	size_t have = evbuffer_get_length(t->in);
	/* One byte over is enough to see that a head is too long. */
	size_t most = t->limits.head + 2 * HEAD_STRAY_MAX + 1;

	if (have == 0)
		return READER_IDLE;
	if (t->head == NULL) {
		t->head = xmalloc(sizeof(*t->head));
		head_init(t->head);
	}
	if (have > most)
		have = most;
	switch (head_read(t->head, &t->limits,
	    (const char *)evbuffer_pullup(t->in, (ev_ssize_t)have), have)) {
	case HEAD_REFUSED:
		return refused(t, t->head->status, t->head->why);
	case HEAD_WHOLE:
		take_head(t);
		return READER_BODY;
	case HEAD_MORE:
		break;
	}
	return head_begun(t->head) ? READER_HEAD : READER_IDLE;
}

static enum reader_rc
read_sized(struct reader *t)
{
	size_t length = (size_t)t->head->length;
	size_t left = length - evbuffer_get_length(t->body);

	evbuffer_remove_buffer(t->in, t->body, left);
	return evbuffer_get_length(t->body) == length ? READER_WHOLE
						      : READER_BODY;
}

static enum reader_rc
read_chunked(struct reader *t)
{
	enum chunked_rc rc = CHUNKED_MORE;
	char bytes[4096];
	size_t used, data;
	ev_ssize_t n;

	while (rc == CHUNKED_MORE &&
	       (n = evbuffer_copyout(t->in, bytes, sizeof(bytes))) > 0) {
		rc =
		    chunked_decode(&t->chunked, bytes, (size_t)n, &used, &data);
		evbuffer_drain(t->in, used);
		evbuffer_add(t->body, bytes, data);
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

enum reader_rc
reader_read(struct reader *t)
{
	if (t->text == NULL) {
		enum reader_rc rc = read_head(t);

		if (rc != READER_BODY)
			return rc;
	}
	switch (t->head->framing) {
	case HEAD_BODY_SIZED:
		return read_sized(t);
	case HEAD_BODY_CHUNKED:
		return read_chunked(t);
	case HEAD_NO_BODY:
		break;
	}
	return READER_WHOLE;
}

/* Who has begun to send the body does not wait (RFC 9110 10.1.1). */
bool
reader_wants_continue(const struct reader *t)
{
	return t->head->wants_continue && evbuffer_get_length(t->body) == 0;
}

bool
reader_is_head(const struct reader *t)
{
	const struct head *h = t->head;
	const char *bytes = t->text;

	if (h == NULL || h->method.len == 0)
		return false;
	if (bytes == NULL)
		bytes = (const char *)evbuffer_pullup(
		    t->in, (ev_ssize_t)(h->method.at + h->method.len));
	return head_is(h, bytes, "HEAD");
}

char *
reader_query(const struct reader *t)
{
	const struct head_part *query = &t->head->query;
	char *copy;

	if (query->at == 0)
		return NULL;
	copy = xstrndup(t->text + query->at, query->len);
	return copy;
}

void
reader_plain(struct reader *t, struct evbuffer *out)
{
	size_t room = t->head->end + HEAD_PLAIN_EXTRA;
	struct evbuffer_iovec v;

	if (evbuffer_reserve_space(out, (ev_ssize_t)room, &v, 1) != 1)
		xalloc_failed();
	v.iov_len = head_plain(
	    t->head, t->text, evbuffer_get_length(t->body), v.iov_base);
	assert(v.iov_len <= room);
	evbuffer_commit_space(out, &v, 1);
	evbuffer_add_buffer(out, t->body);
}

void
reader_next(struct reader *t)
{
	if (t->text != NULL)
		explicit_bzero(t->text, t->head->end);
	free(t->text);
	free(t->head);
	t->text = NULL;
	t->head = NULL;
	evbuffer_drain(t->body, evbuffer_get_length(t->body));
}
