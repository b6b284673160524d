#include "tests/lib/fake_log.h"

#include "base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char last[sizeof(((struct log_line *)0)->text)];
static size_t lines;

void
fake_log_reset(void)
{
	lines = 0;
	last[0] = '\0';
}

size_t
fake_log_lines(void)
{
	return lines;
}

const char *
fake_log_last(void)
{
	return last;
}

static void __attribute__((format(printf, 2, 3)))
put(struct log_line *l, const char *format, ...)
{
	size_t room = sizeof(l->text) - l->used;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(l->text + l->used, room, format, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < room);
	l->used += (size_t)n;
}

void
log_open(const char *process, enum log_level least)
{
	(void)process;
	(void)least;
}

void
log_begin(struct log_line *l, enum log_level level, const char *event)
{
	static const char *const names[] = { "debug", "info", "notice", "warn",
		"error" };

	l->used = 0;
	put(l, "%s %s", names[level], event);
}

void
log_text(struct log_line *l, const char *key, const char *value)
{
	put(l, " %s=%s", key, value == NULL ? "-" : value);
}

void
log_bytes(struct log_line *l, const char *key, const void *bytes, size_t len)
{
	put(l, " %s=%.*s", key, (int)len, (const char *)bytes);
}

void
log_hex(struct log_line *l, const char *key, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	size_t i;

	put(l, " %s=", key);
	for (i = 0; i < len; i++)
		put(l, "%02x", (unsigned)at[i]);
}

void
log_number(struct log_line *l, const char *key, int64_t value)
{
	put(l, " %s=%" PRId64, key, value);
}

void
log_ms(struct log_line *l, const char *key, int64_t us)
{
	log_number(l, key, us / 1000);
}

void
log_end(struct log_line *l)
{
	memcpy(last, l->text, l->used + 1);
	lines++;
}

void
log_say(enum log_level level, const char *event, const char *what)
{
	struct log_line l;

	log_begin(&l, level, event);
	log_text(&l, level >= LOG_LINE_WARN ? "reason" : "note", what);
	log_end(&l);
}
