/*
 * log - one line per event, `key=value`, on standard error.
 *
 *	struct log_line l;
 *	log_begin(&l, LOG_LINE_INFO, "request");
 *	log_text(&l, "user", user);
 *	log_number(&l, "ms", took_ms);
 *	log_end(&l);
 *
 * writes `2026-11-20T18:00:00.123+09:00 info front request user=sample001 ms=4`
 * in one write(2), so that lines of several processes never mix, in the zone of
 * the service (clock_zone()). Values with spaces, quotes, `=`, control or non-
 * ASCII characters are quoted and escaped, empty ones are `""`, NULL is `-`; a
 * line that grows over its room is cut and ends in `...`. Nothing allocates.
 *
 * A reader that does not read is waited for a moment once; then lines are
 * dropped and counted until it is back (`log-lines-lost lines=12`).
 *
 * Secrets must not be given to it; no function takes a format.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_LINE_DEBUG,
	LOG_LINE_INFO,
	LOG_LINE_NOTICE, /* an operator should see it some day */
	LOG_LINE_WARN,	 /* something does not work now */
	LOG_LINE_ERROR,	 /* somebody has to act */
};

struct log_line {
	enum log_level level;
	bool full; /* takes no more: cut, or below the least level */
	size_t used;
	char text[2048]; /* under PIPE_BUF, so that a write is one piece */
};

/*
 * `process` ("front", "issuer", ...) stands in every line; kept by pointer.
 * Call it before threads.
 */
void log_open(const char *process, enum log_level least);

/*
 * Begins a line; one below the least level takes all and is not written.
 * `event` is one word, listed in docs/operations.md. What is put into the line
 * is copied.
 */
void log_begin(struct log_line *, enum log_level, const char *event);
void log_text(struct log_line *, const char *key, const char *value);
/* As log_text(), for what may hold a NUL; never NULL. */
void log_bytes(
    struct log_line *, const char *key, const void *bytes, size_t len);
/* Lower-case hexadecimal, for digests and serials. */
void log_hex(struct log_line *, const char *key, const void *bytes, size_t len);
void log_number(struct log_line *, const char *key, int64_t value);
/* Milliseconds with one decimal, from microseconds. */
void log_ms(struct log_line *, const char *key, int64_t us);
void log_end(struct log_line *);

/* A whole line: `event reason="..."` of what does not work (LOG_LINE_WARN and
 * above), `event note="..."` of anything else. */
void log_say(enum log_level, const char *event, const char *what);

#endif
