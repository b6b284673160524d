#include "policy/calendar.h"

#include <stdio.h>
#include <string.h>

#include "policy/utf8.h"

#define LINE_OCTETS 75 /* RFC 5545 3.1, without the line end */

/* One line that is being written. */
struct line {
	struct buf *out;
	size_t used; /* octets of this physical line */
};

/* What belongs together stays together: a character, an escape. */
static void
put(struct line *l, const char *bytes, size_t len)
{
	if (l->used + len > LINE_OCTETS) {
		buf_text(l->out, "\r\n ");
		l->used = 1;
	}
	buf_add(l->out, bytes, len);
	l->used += len;
}

static void
put_ascii(struct line *l, const char *text)
{
	for (; *text != '\0'; text++)
		put(l, text, 1);
}

/* TEXT, RFC 5545 3.3.11; blanks and line ends at the end are left away. */
static void
put_text(struct line *l, const char *text)
{
	size_t len = strlen(text), at = 0, size;

	while (len > 0 && strchr(" \t\n", text[len - 1]) != NULL)
		len--;
	while (at < len) {
		char c = text[at];
		const char *shown = utf8_shown(text, len, &at, &size);

		if (c == '\n')
			put(l, "\\n", 2);
		else if (c == '\t')
			put(l, " ", 1);
		else if (c == '\\' || c == ';' || c == ',')
			put(l, (char[]){ '\\', c }, 2);
		else
			put(l, shown, size);
	}
}

static void
add_line(struct buf *out, const char *name, const char *ascii)
{
	struct line l = { .out = out };

	put_ascii(&l, name);
	put_ascii(&l, ascii);
	buf_text(out, "\r\n");
}

static void
add_text_line(struct buf *out, const char *name, const char *text)
{
	struct line l = { .out = out };

	put_ascii(&l, name);
	put_text(&l, text);
	buf_text(out, "\r\n");
}

static void
add_moment(struct buf *out, const char *name, time_t at)
{
	char text[32];
	struct tm t;

	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", gmtime_r(&at, &t));
	add_line(out, name, text);
}

static void
add_day(struct buf *out, const char *name, time_t at)
{
	char text[32];
	struct tm t;

	strftime(text, sizeof(text), "%Y%m%d", localtime_r(&at, &t));
	add_line(out, name, text);
}

void
calendar_add(struct buf *out, const struct calendar_entry *e, time_t stamp)
{
	buf_text(out, "BEGIN:VEVENT\r\n");
	add_line(out, "UID:", e->uid);
	add_moment(out, "DTSTAMP:", stamp);
	if (e->whole_day)
		add_day(out, "DTSTART;VALUE=DATE:", e->begins);
	else
		add_moment(out, "DTSTART:", e->begins);
	add_text_line(out, "SUMMARY:", e->summary);
	if (e->description != NULL)
		add_text_line(out, "DESCRIPTION:", e->description);
	/* Nobody is busy because of it. */
	buf_text(out, "TRANSP:TRANSPARENT\r\n");
	for (size_t i = 0; e->alarms[i] != NULL; i++) {
		buf_text(out, "BEGIN:VALARM\r\nACTION:DISPLAY\r\n");
		add_text_line(out, "DESCRIPTION:", e->summary);
		add_line(out, "TRIGGER:", e->alarms[i]);
		buf_text(out, "END:VALARM\r\n");
	}
	buf_text(out, "END:VEVENT\r\n");
}

static void
begin(struct buf *out)
{
	buf_text(out, "BEGIN:VCALENDAR\r\n"
		      "VERSION:2.0\r\n"
		      "PRODID:-//Koshin//Certificates//EN\r\n");
}

/* RFC 7986, and what programs have read before it. */
void
calendar_begin(struct buf *out, const char *name)
{
	begin(out);
	add_text_line(out, "NAME:", name);
	add_text_line(out, "X-WR-CALNAME:", name);
	buf_text(out, "REFRESH-INTERVAL;VALUE=DURATION:P1D\r\n");
}

void
calendar_end(struct buf *out)
{
	buf_text(out, "END:VCALENDAR\r\n");
}

bool
calendar_build(const struct calendar_entry *entries, size_t count, time_t stamp,
    struct buf *out)
{
	begin(out);
	for (size_t i = 0; i < count; i++)
		calendar_add(out, &entries[i], stamp);
	calendar_end(out);
	return buf_ok(out);
}
