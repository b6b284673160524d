#include "mailer/template_check.h"

#include "policy/utf8.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CODE_LINE "{{" MAIL_KINDS_CODE "}}"
#define BOM 0xfeff

struct check {
	const struct mail_kind *kind;
	const char *path;
	template_told_fn *told;
	void *arg;
	unsigned line;	/* the one that is looked at, from 1 */
	unsigned codes; /* lines that are the code alone */
	bool has_text;	/* below the subject */
	bool failed;
};

static void __attribute__((format(printf, 2, 3)))
fault(struct check *c, const char *format, ...)
{
	char reason[256], line[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(reason, sizeof(reason), format, list);
	va_end(list);
	snprintf(line, sizeof(line), "%s:%u: %s", c->path, c->line, reason);
	c->told(c->arg, line);
	c->failed = true;
}

const char *
template_next(const struct mail_kind *kind, const char *at, const char *end,
    const struct mail_kinds_word **word, const char **behind)
{
	const char *open = memmem(at, (size_t)(end - at), "{{", 2), *close;

	*word = NULL;
	*behind = end;
	if (open == NULL)
		return NULL;
	close = memmem(open + 2, (size_t)(end - open - 2), "}}", 2);
	if (close == NULL)
		return open;
	*word = mail_kinds_word(kind, open + 2, (size_t)(close - open - 2));
	*behind = close + 2;
	return open;
}

/* ------------------------------------------------------------- one line */

static void
check_characters(struct check *c, const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint32_t point = utf8_next(text, len, &at);

		if (point == UTF8_BAD) {
			fault(c, "is not UTF-8");
			return;
		}
		if (point == '\t' && c->line > 1)
			continue;
		if (!utf8_forbidden(point))
			continue;
		fault(c,
		    point == BOM ? "has a byte order mark (U+%04X)"
				 : "has U+%04X, a control character",
		    (unsigned)point);
		return;
	}
}

/* The names of all words the kind has, for the one who has to choose. */
static void
unknown_word(struct check *c, const char *word, size_t len)
{
	char known[200] = "";
	size_t used = 0;

	for (const struct mail_kinds_word *w = c->kind->words; w->name != NULL;
	     w++)
		used += (size_t)snprintf(known + used, sizeof(known) - used,
		    "%s%s", used > 0 ? " " : "", w->name);
	fault(c, "unknown word {{%.*s}}; there are: %s",
	    len > 40 ? 40 : (int)len, word, known);
}

static void
check_words(struct check *c, const char *text, size_t len)
{
	const char *at = text, *end = text + len, *open, *behind;
	const struct mail_kinds_word *word;

	while (
	    (open = template_next(c->kind, at, end, &word, &behind)) != NULL) {
		if (memmem(at, (size_t)(open - at), "}}", 2) != NULL)
			fault(c, "has }} without {{ before it");
		if (word == NULL && memcmp(behind - 2, "}}", 2) != 0) {
			fault(c, "has {{ without }} behind it");
			return;
		}
		if (word == NULL)
			unknown_word(c, open + 2, (size_t)(behind - open - 4));
		else if (word->may_lack && c->line == 1)
			fault(c,
			    "{{%s}} may have no value, and has no place in the "
			    "subject",
			    word->name);
		at = behind;
	}
	if (memmem(at, (size_t)(end - at), "}}", 2) != NULL)
		fault(c, "has }} without {{ before it");
}

/* People and programs look for a line that is the code and nothing else. */
static void
check_code(struct check *c, const char *text, size_t len)
{
	if (!c->kind->has_code)
		return;
	if (len == strlen(CODE_LINE) && memcmp(text, CODE_LINE, len) == 0) {
		c->codes++;
		return;
	}
	if (memmem(text, len, CODE_LINE, strlen(CODE_LINE)) != NULL)
		fault(
		    c, "{{" MAIL_KINDS_CODE "}} must stand alone in its line");
	if (memmem(text, len, "://", 3) != NULL)
		fault(c, "a mail with a code must have no link");
}

/* What somebody writes who takes the text for a whole message. */
static void
check_no_header(struct check *c, const char *text, size_t len)
{
	static const char *const names[] = { "Subject", "From", "To", "Cc",
		"Bcc", "Sender", "Reply-To", "Return-Path", "Message-ID",
		"MIME-Version", "Content-Type", "Content-Transfer-Encoding" };
	const char *colon = memchr(text, ':', len);
	size_t name = colon == NULL ? 0 : (size_t)(colon - text);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == name &&
		    strncasecmp(names[i], text, name) == 0)
			fault(c, "a header line (%s) has no place in the text",
			    names[i]);
}

static void
check_line(struct check *c, const char *text, size_t len)
{
	size_t prefix = strlen(TEMPLATE_SUBJECT);

	check_characters(c, text, len);
	check_words(c, text, len);
	if (c->line == 1) {
		if (len < prefix || memcmp(text, TEMPLATE_SUBJECT, prefix) != 0)
			fault(c, "must begin with `Subject: `");
		else if (strspn(text + prefix, " ") + prefix >= len)
			fault(c, "the subject is empty");
		check_code(c, text, len);
	} else if (c->line == 2) {
		if (len > 0)
			fault(c, "must be empty: there are no headers but "
				 "the subject, and the text begins below");
	} else {
		c->has_text = c->has_text || len > 0;
		check_no_header(c, text, len);
		check_code(c, text, len);
	}
}

bool
template_check(const struct mail_kind *kind, const char *path, const char *text,
    template_told_fn *told, void *arg)
{
	struct check c = {
		.kind = kind, .path = path, .told = told, .arg = arg
	};

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		c.line++;
		check_line(&c, text, len);
		text += len + (text[len] == '\n');
	}
	if (c.line == 0)
		c.line = 1;
	if (!c.has_text)
		fault(&c, "there is no text below the subject");
	if (kind->has_code && c.codes != 1)
		fault(&c,
		    "must have one line that is " CODE_LINE
		    " alone, and has %u",
		    c.codes);
	return !c.failed;
}
