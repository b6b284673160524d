#include "mailer/message.h"

#include "base/b64.h"
#include "policy/utf8.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_COLUMNS 76 /* RFC 2047 2: of a line with such words */
#define WORD_MAX_COLUMNS 75 /* RFC 2047 2 */
#define WORD_OPEN "=?UTF-8?B?"
#define WORD_CLOSE "?="
#define WORD_FRAME (sizeof(WORD_OPEN) - 1 + sizeof(WORD_CLOSE) - 1)
#define BODY_LINE 57 /* bytes that give 76 columns, RFC 2045 6.8 */

/* --------------------------------------------------------------- header */

/* Bytes that fit one encoded word of so many columns. */
static size_t
word_room(size_t columns)
{
	return (columns - WORD_FRAME) / 4 * 3;
}

static void
add_word(struct buf *out, const char *bytes, size_t len)
{
	char text[WORD_MAX_COLUMNS + 1];
	size_t used = b64_encode(text, bytes, len, B64_LINES_NONE);

	buf_text(out, WORD_OPEN);
	buf_add(out, text, used);
	buf_text(out, WORD_CLOSE);
}

/* Each word holds whole characters, RFC 2047 5. `used` columns are taken. */
static void
add_encoded(struct buf *out, const char *text, size_t used)
{
	size_t len = strlen(text), at = 0, filled = 0, size;
	size_t room = word_room(LINE_MAX_COLUMNS - used);
	char bytes[WORD_MAX_COLUMNS];

	while (at < len) {
		const char *c = utf8_shown(text, len, &at, &size);

		if (filled + size > room) {
			add_word(out, bytes, filled);
			buf_text(out, "\r\n ");
			filled = 0;
			room = word_room(WORD_MAX_COLUMNS);
		}
		memcpy(bytes + filled, c, size);
		filled += size;
	}
	if (filled > 0)
		add_word(out, bytes, filled);
}

/*
 * Plain words need no encoding: printable, nothing that means something in a
 * header, nothing that looks encoded, no blank at the ends.
 */
static bool
is_plain(const char *text, size_t columns)
{
	size_t len = strlen(text);

	if (len == 0 || len > columns || text[0] == ' ' || text[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e ||
		    strchr("()<>[]:;@\\,.\"=?", text[i]) != NULL)
			return false;
	return true;
}

static void
add_words(struct buf *out, const char *text, size_t used)
{
	if (is_plain(text, LINE_MAX_COLUMNS - used))
		buf_text(out, text);
	else
		add_encoded(out, text, used);
}

/*
 * Folded; what is not plain ASCII in words of RFC 2047, which are cut between
 * characters and at most 75 long, in lines of at most 76. Malformed bytes and
 * control characters become U+FFFD.
 */
static void
add_subject(struct buf *out, const char *text)
{
	buf_text(out, "Subject: ");
	add_words(out, text, strlen("Subject: "));
	buf_text(out, "\r\n");
}

/* RFC 5322 3.3; the locale is C. */
static void
add_date(struct buf *out, const char *name, time_t at)
{
	char date[64];
	struct tm t;

	localtime_r(&at, &t);
	strftime(date, sizeof(date), "%a, %-d %b %Y %H:%M:%S %z", &t);
	buf_printf(out, "%s: %s\r\n", name, date);
}

/* The address on a line of its own: the name may fill the first. */
static void
add_from(struct buf *out, const struct message *m)
{
	buf_text(out, "From: ");
	if (m->service[0] != '\0') {
		add_words(out, m->service, strlen("From: "));
		buf_text(out, "\r\n ");
	}
	buf_printf(out, "<%s>\r\n", m->from);
}

static void
add_head(struct buf *out, const struct message *m)
{
	add_date(out, "Date", m->date);
	add_from(out, m);
	buf_printf(out, "To: <%s>\r\n", m->to);
	add_subject(out, m->subject);
	buf_printf(out, "Message-ID: <%s@%s>\r\n", m->id, m->domain);
	/* RFC 3834: nobody's machine is to answer (F-56). */
	buf_text(out, "Auto-Submitted: auto-generated\r\n");
	if (m->expires != 0) {
		add_date(out, "Expires", m->expires);
		buf_text(out, "X-No-Archive: yes\r\n"); /* T13 */
	}
	buf_text(out, "MIME-Version: 1.0\r\n");
}

/* Of the message, or of the first part of it. */
static void
add_text_head(struct buf *out)
{
	buf_text(out, "Content-Type: text/plain; charset=UTF-8\r\n"
		      "Content-Transfer-Encoding: base64\r\n\r\n");
}

/* ----------------------------------------------------------------- body */

struct body {
	struct buf *out;
	char bytes[BODY_LINE];
	size_t used;
};

static void
body_flush(struct body *b)
{
	char line[BODY_LINE / 3 * 4];

	if (b->used == 0)
		return;
	buf_add(
	    b->out, line, b64_encode(line, b->bytes, b->used, B64_LINES_NONE));
	buf_text(b->out, "\r\n");
	explicit_bzero(line, sizeof(line));
	explicit_bzero(b->bytes, sizeof(b->bytes));
	b->used = 0;
}

static void
body_byte(struct body *b, char byte)
{
	b->bytes[b->used++] = byte;
	if (b->used == sizeof(b->bytes))
		body_flush(b);
}

/* Text in base64 has CR LF as its line end, RFC 2045 6.8. */
static void
add_body(struct buf *out, const char *text, size_t len)
{
	struct body b = { .out = out };

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			body_byte(&b, '\r');
		body_byte(&b, text[i]);
	}
	body_flush(&b);
}

/* As it is. */
static void
add_bytes(struct buf *out, const char *bytes, size_t len)
{
	struct body b = { .out = out };

	for (size_t i = 0; i < len; i++)
		body_byte(&b, bytes[i]);
	body_flush(&b);
}

/* ---------------------------------------------------------------- parts */

/* No line of base64 has such characters, RFC 2045 6.7. */
static void
add_boundary(struct buf *out, const struct message *m, const char *end)
{
	buf_printf(out, "--=_%s%s\r\n", m->id, end);
}

static void
add_parts(struct buf *out, const struct message *m)
{
	buf_printf(out,
	    "Content-Type: multipart/mixed;\r\n boundary=\"=_%s\"\r\n\r\n",
	    m->id);
	add_boundary(out, m, "");
	add_text_head(out);
	add_body(out, m->body, m->body_len);
	add_boundary(out, m, "");
	/* No METHOD: it is information, not an invitation (RFC 6047). */
	buf_text(out, "Content-Type: text/calendar; charset=UTF-8\r\n"
		      "Content-Transfer-Encoding: base64\r\n"
		      "Content-Disposition: attachment;"
		      " filename=\"certificate.ics\"\r\n\r\n");
	add_bytes(out, m->calendar, m->calendar_len);
	add_boundary(out, m, "--");
}

bool
message_build(const struct message *m, struct buf *out)
{
	add_head(out, m);
	if (m->calendar != NULL) {
		add_parts(out, m);
	} else {
		add_text_head(out);
		add_body(out, m->body, m->body_len);
	}
	return buf_ok(out);
}
