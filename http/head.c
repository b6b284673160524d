/*
 * One pass, one byte at a time, each line judged when its LF comes. The byte
 * rules (CR LF only, no control characters, sizes) stand in take(), so that
 * none of them waits for the end of a line that may never come.
 */
#include "http/head.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static enum head_rc
refused(struct head *h, int status, const char *why)
{
	h->status = status;
	h->why = why;
	return HEAD_REFUSED;
}

/* ----------------------------------------------------------- characters */

/* tchar, RFC 9110 5.6.2 */
static bool
is_token_char(unsigned char ch)
{
	return isalnum(ch) || (ch != '\0' && strchr("!#$%&'*+-.^_`|~", ch));
}

static bool
is_token(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_token_char((unsigned char)s[i]))
			return false;
	return len > 0;
}

/* White space inside a field value, RFC 9110 5.6.3. */
static bool
is_space(char ch)
{
	return ch == ' ' || ch == '\t';
}

static bool
is_word(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(s, word, len) == 0;
}

/* ----------------------------------------------------------------- host */

static bool
is_port(const char *s, size_t len)
{
	unsigned long port = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)s[i]) || i == 5)
			return false;
		port = port * 10 + (unsigned long)(s[i] - '0');
	}
	return port <= 65535;
}

/* How much of it is the host, without the port; 0 if it has no end. */
static size_t
host_length(const char *s, size_t len)
{
	bool literal = len > 0 && s[0] == '[';
	const char *end = memchr(s, literal ? ']' : ':', len);

	if (end == NULL)
		return literal ? 0 : len;
	return (size_t)(end - s) + literal;
}

/* uri-host [":" port], RFC 9110 7.2: a name, an IPv4 or [IPv6] address. */
static bool
is_host(const char *s, size_t len)
{
	size_t i, n = host_length(s, len);
	bool literal = n > 0 && s[0] == '[';

	if (n == 0 || n > 255 || (literal && n < 4))
		return false;
	if (n < len && (s[n] != ':' || !is_port(s + n + 1, len - n - 1)))
		return false;
	for (i = literal; i < n - literal; i++) {
		unsigned char ch = (unsigned char)s[i];

		if (literal ? !isxdigit(ch) && ch != ':' && ch != '.'
			    : !isalnum(ch) && strchr("-._", ch) == NULL)
			return false;
	}
	return true;
}

/* --------------------------------------------------------- request line */

static bool
is_method(const char *s, size_t len)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT",
		"DELETE", "OPTIONS", "TRACE", "PATCH" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (len == strlen(known[i]) && memcmp(s, known[i], len) == 0)
			return true;
	return false;
}

/*
 * How much of a target is `https://host:port`, which a client sends that takes
 * us for a proxy and a server has to take (RFC 9112 3.2.2); otherwise 0. The
 * name in it decides nothing here, no more than Host does.
 */
static size_t
origin_length(const char *target, size_t len)
{
	static const char *const schemes[] = { "https://", "http://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t scheme = strlen(schemes[i]), end = scheme;

		if (len < scheme || !is_word(target, scheme, schemes[i]))
			continue;
		while (end < len && target[end] != '/' && target[end] != '?')
			end++;
		return is_host(target + scheme, end - scheme) ? end : 0;
	}
	return 0;
}

static enum head_rc
read_target(struct head *h, const char *bytes, const char *target, size_t len)
{
	size_t origin = origin_length(target, len);
	const char *path = target + origin, *end = target + len;
	const char *mark = memchr(path, '?', len - origin);

	if (origin == 0 && target[0] != '/')
		return refused(h, 400,
		    "The target must be a path that begins with a slash, or "
		    "a URL.");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)target[i] >= 0x7f || target[i] == '#' ||
		    target[i] == '\t')
			return refused(h, 400,
			    "There is a wrong character in the target.");
	if (mark != NULL) {
		h->query.at = (uint32_t)(mark + 1 - bytes);
		h->query.len = (uint32_t)(end - mark - 1);
		end = mark;
	}
	/* A URL without a path has a slash in front of its host. */
	if (path == end) {
		path = memchr(target, '/', len);
		end = path + 1;
	}
	h->path.at = (uint32_t)(path - bytes);
	h->path.len = (uint32_t)(end - path);
	return HEAD_MORE;
}

/*
 * The version is looked at first: what follows is HTTP/1.1, or HTTP/1.0, of
 * which each connection has one request (H-12).
 */
static enum head_rc
read_request_line(struct head *h, const char *bytes, size_t len)
{
	static const char only_these[] =
	    "Only HTTP/1.1 and HTTP/1.0 are spoken here.";
	const char *method = bytes + h->line;
	const char *gap = memchr(method, ' ', len);
	const char *target, *version;
	size_t left;

	if (gap == NULL || !is_token(method, (size_t)(gap - method)))
		return refused(h, 400, "The request line is malformed.");
	target = gap + 1;
	left = len - (size_t)(target - method);
	gap = memchr(target, ' ', left);
	if (left == 0 || gap == target)
		return refused(h, 400, "The request line is malformed.");
	if (gap == NULL)
		return refused(h, 505, only_these);
	version = gap + 1;
	left -= (size_t)(version - target);
	if (left < 5 || memcmp(version, "HTTP/", 5) != 0 ||
	    memchr(version, ' ', left) != NULL)
		return refused(h, 400, "The request line is malformed.");
	if (left != 8 || memcmp(version, "HTTP/1.", 7) != 0 ||
	    (version[7] != '1' && version[7] != '0'))
		return refused(h, 505, only_these);
	h->old = version[7] == '0';
	h->wants_close = h->old;

	h->method.at = (uint32_t)h->line;
	h->method.len = (uint32_t)(target - 1 - method);
	if (!is_method(method, h->method.len) || *target == '*')
		return refused(h, 501, "This method is not implemented.");
	return read_target(h, bytes, target, (size_t)(gap - target));
}

/* --------------------------------------------------------------- fields */

static enum head_rc
on_host(struct head *h, const char *value, size_t len)
{
	if (++h->n_host > 1)
		return refused(h, 400, "There is more than one Host.");
	if (!is_host(value, len))
		return refused(h, 400, "The Host is malformed.");
	return HEAD_MORE;
}

static enum head_rc
on_content_length(struct head *h, const char *value, size_t len)
{
	if (++h->n_length > 1)
		return refused(h, 400, "There is more than one length.");
	if (len == 0 || len > 10)
		return refused(h, 400, "The Content-Length is malformed.");
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)value[i]))
			return refused(
			    h, 400, "The Content-Length is malformed.");
		h->length = h->length * 10 + (uint64_t)(value[i] - '0');
	}
	return HEAD_MORE;
}

static enum head_rc
on_transfer_encoding(struct head *h, const char *value, size_t len)
{
	if (++h->n_coding > 1)
		return refused(h, 400, "There are two transfer codings.");
	h->foreign_coding = !is_word(value, len, "chunked");
	return HEAD_MORE;
}

static enum head_rc
on_expect(struct head *h, const char *value, size_t len)
{
	if (is_word(value, len, "100-continue"))
		h->wants_continue = true;
	else
		h->foreign_expect = true;
	return HEAD_MORE;
}

static enum head_rc
on_content_encoding(struct head *h, const char *value, size_t len)
{
	if (len > 0 && !is_word(value, len, "identity"))
		h->coded = true;
	return HEAD_MORE;
}

/* A list of words: `close` among them is all that matters here. */
static enum head_rc
on_connection(struct head *h, const char *value, size_t len)
{
	const char *end = value + len;

	while (value < end) {
		const char *comma = memchr(value, ',', (size_t)(end - value));
		const char *stop = comma != NULL ? comma : end;

		while (value < stop && is_space(*value))
			value++;
		len = (size_t)(stop - value);
		while (len > 0 && is_space(value[len - 1]))
			len--;
		if (is_word(value, len, "close"))
			h->wants_close = true;
		value = comma != NULL ? comma + 1 : end;
	}
	return HEAD_MORE;
}

/* The fields that decide how a request is read. */
static const struct known {
	const char *name;
	enum head_rc (*read)(struct head *, const char *value, size_t len);
	bool passed_on;
} known_fields[] = {
	{ "host", on_host, true },
	{ "connection", on_connection, true },
	{ "content-encoding", on_content_encoding, true },
	{ "content-length", on_content_length, false },
	{ "transfer-encoding", on_transfer_encoding, false },
	{ "trailer", NULL, false },
	{ "expect", on_expect, false },
};

static const struct known *
find_known(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(known_fields) / sizeof(known_fields[0]);
	     i++)
		if (is_word(name, len, known_fields[i].name))
			return &known_fields[i];
	return NULL;
}

static enum head_rc
read_field(struct head *h, const char *bytes, size_t len)
{
	const char *name = bytes + h->line;
	const char *colon = memchr(name, ':', len), *value;
	const struct known *known;
	size_t n_name, n;

	if (++h->n_lines > HEAD_FIELDS_MAX)
		return refused(h, 431, "There are too many fields.");
	if (colon == NULL || !is_token(name, (size_t)(colon - name)))
		return refused(h, 400, "A field line is malformed.");
	n_name = (size_t)(colon - name);
	value = colon + 1;
	n = len - n_name - 1;
	known = find_known(name, n_name);
	/*
	 * A tab is lawful white space, but readers are known to differ about
	 * it here, and that is how requests are smuggled (H-05).
	 */
	if (known != NULL && known->read == on_transfer_encoding &&
	    memchr(value, '\t', n) != NULL)
		return refused(h, 400, "The transfer coding is malformed.");
	while (n > 0 && is_space(*value))
		value++, n--;
	while (n > 0 && is_space(value[n - 1]))
		n--;
	if (known == NULL || known->passed_on)
		h->fields[h->n_fields++] = (struct head_field){
			.name = { (uint32_t)h->line, (uint32_t)n_name },
			.value = { (uint32_t)(value - bytes), (uint32_t)n },
		};
	if (known != NULL && known->read != NULL)
		return known->read(h, value, n);
	return HEAD_MORE;
}

/* ------------------------------------------------------------- the whole */

/* Doubtful framing before everything else, then what costs the client least. */
static enum head_rc
judge(struct head *h, const struct head_limits *limits, const char *bytes)
{
	if (h->n_host == 0 && !h->old)
		return refused(h, 400, "There is no Host.");
	if (h->n_coding > 0 && h->old)
		return refused(h, 400, "HTTP/1.0 has no Transfer-Encoding.");
	if (h->n_coding > 0 && h->n_length > 0)
		return refused(h, 400,
		    "Content-Length and Transfer-Encoding exclude each other.");
	if (h->foreign_coding)
		return refused(h, 501, "The transfer coding is not known.");
	if (h->n_coding > 0)
		h->framing = HEAD_BODY_CHUNKED;
	else if (h->n_length > 0)
		h->framing = HEAD_BODY_SIZED;
	else if (head_is(h, bytes, "POST"))
		return refused(h, 411, "The length of the body is missing.");
	if (h->length > limits->body)
		return refused(h, 413, "The body is too large.");
	if (h->coded)
		return refused(h, 415, "Content codings are not accepted.");
	if (h->foreign_expect && !h->old)
		return refused(h, 417, "This expectation is not known.");
	h->wants_continue = h->wants_continue && !h->old; /* RFC 9110 10.1.1 */
	h->end = h->seen;
	return HEAD_WHOLE;
}

/* The LF of a line came: `h->seen` stands behind it. */
static enum head_rc
end_line(struct head *h, const struct head_limits *limits, const char *bytes)
{
	size_t len = h->seen - h->line - 2;
	enum head_rc rc;

	if (len == 0 && h->method.len > 0)
		return judge(h, limits, bytes);
	if (len == 0) {
		if (++h->n_stray > HEAD_STRAY_MAX)
			return refused(
			    h, 400, "There are too many empty lines.");
		rc = HEAD_MORE;
		h->start = h->seen;
	} else if (h->method.len == 0) {
		rc = read_request_line(h, bytes, len);
	} else {
		rc = read_field(h, bytes, len);
	}
	h->line = h->seen;
	h->gap = 0;
	h->in_target = false;
	return rc;
}

/* Where is the target? Its length is limited before its line has ended. */
static void
follow_target(struct head *h, unsigned char ch)
{
	if (ch == ' ' && h->gap == 0) {
		h->gap = h->seen - 1;
		h->in_target = true;
	} else if (ch == ' ' || ch == '\r') {
		h->in_target = false;
	}
}

static enum head_rc
take(struct head *h, const struct head_limits *limits, const char *bytes)
{
	unsigned char ch = (unsigned char)bytes[h->seen];
	bool behind_cr = h->seen > h->line && bytes[h->seen - 1] == '\r';

	h->seen++;
	if (behind_cr != (ch == '\n'))
		return refused(h, 400, "Lines must end with CR LF.");
	if ((ch < ' ' && ch != '\t' && ch != '\r' && ch != '\n') || ch == 0x7f)
		return refused(h, 400, "There is a control character.");
	if (h->seen - h->start > limits->head)
		return refused(h, 431, "The request head is too long.");
	if (h->method.len == 0) {
		follow_target(h, ch);
		if (h->in_target && h->seen - h->gap - 1 > limits->target)
			return refused(h, 414, "The target is too long.");
	}
	if (h->seen - h->line > HEAD_LINE_MAX)
		return refused(h, 431, "A line is too long.");
	return ch == '\n' ? end_line(h, limits, bytes) : HEAD_MORE;
}

void
head_init(struct head *h)
{
	memset(h, 0, sizeof(*h));
}

enum head_rc
head_read(struct head *h, const struct head_limits *limits, const char *bytes,
    size_t len)
{
	enum head_rc rc = HEAD_MORE;

	assert(h->status == 0 && h->end == 0);
	while (rc == HEAD_MORE && h->seen < len)
		rc = take(h, limits, bytes);
	return rc;
}

bool
head_begun(const struct head *h)
{
	return h->seen > h->start;
}

bool
head_is(const struct head *h, const char *bytes, const char *method)
{
	return h->method.len == strlen(method) &&
	       memcmp(bytes + h->method.at, method, h->method.len) == 0;
}

const struct head_part *
head_find(const struct head *h, const char *bytes, const char *name)
{
	for (unsigned i = 0; i < h->n_fields; i++)
		if (is_word(bytes + h->fields[i].name.at, h->fields[i].name.len,
			name))
			return &h->fields[i].value;
	return NULL;
}

static char *
put(char *out, const char *bytes, struct head_part part)
{
	memcpy(out, bytes + part.at, part.len);
	return out + part.len;
}

size_t
head_plain(const struct head *h, const char *bytes, uint64_t length, char *out)
{
	char *at = put(out, bytes, h->method);

	*at++ = ' ';
	at = put(at, bytes, h->path);
	at = mempcpy(at, " HTTP/1.1\r\n", 11);
	for (unsigned i = 0; i < h->n_fields; i++) {
		at = put(at, bytes, h->fields[i].name);
		at = mempcpy(at, ": ", 2);
		at = put(at, bytes, h->fields[i].value);
		at = mempcpy(at, "\r\n", 2);
	}
	if (h->framing != HEAD_NO_BODY)
		at += snprintf(at, 40, "Content-Length: %llu\r\n",
		    (unsigned long long)length);
	at = mempcpy(at, "\r\n", 2);
	return (size_t)(at - out);
}
