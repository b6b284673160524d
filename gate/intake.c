#include "gate/intake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

void
intake_init(struct intake *t, const struct head_limits *limits)
{
	*t = (struct intake){ .limits = *limits };
	t->in = evbuffer_new();
	t->body = evbuffer_new();
	if (t->in == NULL || t->body == NULL)
		abort();
}

void
intake_clear(struct intake *t)
{
	intake_next(t);
	evbuffer_free(t->in);
	evbuffer_free(t->body);
}

static enum intake_rc
refused(struct intake *t, int status, const char *why)
{
	t->status = status;
	t->why = why;
	return INTAKE_REFUSED;
}

static void
take_head(struct intake *t)
{
	size_t n = t->head->end;

	if ((t->text = malloc(n)) == NULL)
		abort();
	evbuffer_remove(t->in, t->text, n);
	if (t->head->framing == HEAD_BODY_CHUNKED)
		chunked_init(&t->chunked, t->limits.body);
}

static enum intake_rc
read_head(struct intake *t)
{
	size_t have = evbuffer_get_length(t->in);
	/* One byte over is enough to see that a head is too long. */
	size_t most = t->limits.head + 2 * HEAD_STRAY_MAX + 1;

	if (have == 0)
		return INTAKE_IDLE;
	if (t->head == NULL) {
		if ((t->head = malloc(sizeof(*t->head))) == NULL)
			abort();
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
		return INTAKE_BODY;
	case HEAD_MORE:
		break;
	}
	return head_begun(t->head) ? INTAKE_HEAD : INTAKE_IDLE;
}

static enum intake_rc
read_sized(struct intake *t)
{
	size_t length = (size_t)t->head->length;
	size_t left = length - evbuffer_get_length(t->body);

	evbuffer_remove_buffer(t->in, t->body, left);
	return evbuffer_get_length(t->body) == length ? INTAKE_WHOLE
						      : INTAKE_BODY;
}

static enum intake_rc
read_chunked(struct intake *t)
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
		return INTAKE_BODY;
	case CHUNKED_DONE:
		return INTAKE_WHOLE;
	case CHUNKED_TOO_LARGE:
		return refused(t, 413, "The body is too large.");
	case CHUNKED_BAD:
		break;
	}
	return refused(t, 400, "The chunked coding is malformed.");
}

enum intake_rc
intake_read(struct intake *t)
{
	if (t->text == NULL) {
		enum intake_rc rc = read_head(t);

		if (rc != INTAKE_BODY)
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
	return INTAKE_WHOLE;
}

/* Who has begun to send the body does not wait (RFC 9110 10.1.1). */
bool
intake_wants_continue(const struct intake *t)
{
	return t->head->wants_continue && evbuffer_get_length(t->body) == 0;
}

bool
intake_is_head(const struct intake *t)
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
intake_query(const struct intake *t)
{
	const struct head_part *query = &t->head->query;
	char *copy;

	if (query->at == 0)
		return NULL;
	if ((copy = strndup(t->text + query->at, query->len)) == NULL)
		abort();
	return copy;
}

void
intake_plain(struct intake *t, struct evbuffer *out)
{
	size_t room = t->head->end + HEAD_PLAIN_EXTRA;
	struct evbuffer_iovec v;

	if (evbuffer_reserve_space(out, (ev_ssize_t)room, &v, 1) != 1)
		abort();
	v.iov_len = head_plain(
	    t->head, t->text, evbuffer_get_length(t->body), v.iov_base);
	assert(v.iov_len <= room);
	evbuffer_commit_space(out, &v, 1);
	evbuffer_add_buffer(out, t->body);
}

void
intake_next(struct intake *t)
{
	if (t->text != NULL)
		explicit_bzero(t->text, t->head->end);
	free(t->text);
	free(t->head);
	t->text = NULL;
	t->head = NULL;
	evbuffer_drain(t->body, evbuffer_get_length(t->body));
}
