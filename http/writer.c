#include "http/writer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 423, "Locked" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

const char *
writer_reason(int status)
{
	static const char *const classes[] = { "Success", "Redirection",
		"Client Error", "Server Error" };

	assert(status >= 200 && status <= 599);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return classes[status / 100 - 2];
}

static bool
is_ours(const char *name)
{
	static const char *const ours[] = { "Date", "Content-Length",
		"Connection", "Transfer-Encoding" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	return false;
}

/* A field that breaks these rules is a mistake in the program, not a reply. */
static void
add_field(struct evbuffer *out, const char *name, const char *value)
{
	assert(name[0] != '\0' && strpbrk(name, "\r\n: ") == NULL);
	assert(strpbrk(value, "\r\n") == NULL);
	assert(strlen(name) + strlen(value) + 2 <= WRITER_LINE_MAX);
	evbuffer_add_printf(out, "%s: %s\r\n", name, value);
}

static void
add_head(struct evbuffer *out, const struct gate_reply *reply, time_t now,
    bool close)
{
	char date[40];
	struct tm utc;

	/* IMF-fixdate, RFC 9110 5.6.7; the locale is C. */
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT",
	    gmtime_r(&now, &utc));
	evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\n", reply->status,
	    writer_reason(reply->status));
	add_field(out, "Date", date);
	for (size_t i = 0; i < reply->n_fields; i++) {
		assert(!is_ours(reply->fields[i].name));
		add_field(out, reply->fields[i].name, reply->fields[i].value);
	}
	/* RFC 9110 8.6: neither in 204 nor, as we have no length, in 304. */
	if (reply->status != 204 && reply->status != 304)
		evbuffer_add_printf(out, "Content-Length: %zu\r\n", reply->len);
	if (close)
		add_field(out, "Connection", "close");
	evbuffer_add(out, "\r\n", 2);
}

struct evbuffer *
writer_reply(
    const struct gate_reply *reply, time_t now, bool no_body, bool close)
{
	struct evbuffer *out = evbuffer_new();
	size_t head, body = no_body ? 0 : reply->len;
	size_t head_max =
	    reply->browser ? WRITER_LONG_HEAD_MAX : WRITER_HEAD_MAX;

	assert(reply->n_fields + 3 <=
	       (reply->browser ? WRITER_MANY_FIELDS_MAX : WRITER_FIELDS_MAX));
	assert(reply->len == 0 || reply->body != NULL);
	assert(
	    reply->len == 0 || (reply->status != 204 && reply->status != 304));
	/* Room for all at once is what makes it one piece. */
	if (out == NULL)
		return NULL;
	if (evbuffer_expand(out, head_max + body) != 0) {
		evbuffer_free(out);
		return NULL;
	}
	add_head(out, reply, now, close);
	head = evbuffer_get_length(out);
	assert(head < head_max);
	if (body > 0)
		evbuffer_add(out, reply->body, body);
	assert(evbuffer_get_contiguous_space(out) == head + body);
	return out;
}

static bool
has_text(int status)
{
	return status != 408 && status != 414 && status != 417 && status != 431;
}

struct evbuffer *
writer_refusal(int status, const char *why, time_t now, bool no_body)
{
	static const struct gate_field fields[] = {
		{ "Cache-Control", "no-store" },
		{ "Content-Type", "text/plain; charset=utf-8" },
		{ "Accept-Encoding", "identity" }, /* of 415 alone */
	};
	struct gate_reply reply = {
		.status = status, .fields = fields, .n_fields = 1
	};
	char text[128];

	if (has_text(status)) {
		reply.n_fields = status == 415 ? 3 : 2;
		reply.len = strlen(why) + 1;
		assert(reply.len < sizeof(text));
		snprintf(text, sizeof(text), "%s\n", why);
		reply.body = text;
	}
	return writer_reply(&reply, now, no_body, true);
}
