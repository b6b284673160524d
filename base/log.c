/*
 * A log whose reader has stopped (a full pipe, a hung journal) must not stop
 * the service: lines are written without waiting, what does not fit is
 * counted, and the count is written when the reader is back.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What a busy reader is given to make room, before lines are lost. */
#define WAIT_MS 20

static const char cut_mark[] = "...";

static const char *process_name = "koshin";
static enum log_level least_level = LOG_LINE_INFO;
static int log_fd = STDERR_FILENO;
static bool log_is_socket;
static bool log_blocks = true; /* unless log_open() finds a better way */
static atomic_uint lost_lines;

static const char *const level_names[] = {
	[LOG_LINE_DEBUG] = "debug",
	[LOG_LINE_INFO] = "info",
	[LOG_LINE_NOTICE] = "notice",
	[LOG_LINE_WARN] = "warn",
	[LOG_LINE_ERROR] = "error",
};

/* Whole or not at all: an escape is never cut in the middle. */
static void
put(struct log_line *l, const char *text, size_t len)
{
	/* Room is kept for the mark and the newline. */
	size_t room = sizeof(l->text) - sizeof(cut_mark);

	if (l->full)
		return;
	if (len > room - l->used) {
		text = cut_mark;
		len = sizeof(cut_mark) - 1;
		l->full = true;
	}
	memcpy(l->text + l->used, text, len);
	l->used += len;
}

static void
put_text(struct log_line *l, const char *text)
{
	put(l, text, strlen(text));
}

static void
put_key(struct log_line *l, const char *key)
{
	put_text(l, " ");
	put_text(l, key);
	put_text(l, "=");
}

static bool
byte_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
}

/* Bytes over 0x7e too: among them are controls that terminals obey. */
static void
put_escaped(struct log_line *l, unsigned char c)
{
	char hex[8];

	if (c == '"' || c == '\\') {
		char pair[2] = { '\\', (char)c };

		put(l, pair, sizeof(pair));
	} else if (c == '\n') {
		put_text(l, "\\n");
	} else if (c >= ' ' && c < 0x7f) {
		put(l, (const char *)&c, 1);
	} else {
		snprintf(hex, sizeof(hex), "\\x%02x", (unsigned)c);
		put_text(l, hex);
	}
}

static void
put_time(struct log_line *l)
{
	int64_t now = clock_now_ms();
	time_t seconds = (time_t)(now / 1000);
	char text[40], zone[16];
	struct tm t;
	size_t len;

	localtime_r(&seconds, &t);
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &t);
	put(l, text, len);
	strftime(zone, sizeof(zone), "%z", &t);
	snprintf(text, sizeof(text), ".%03d%.3s:%.2s ", (int)(now % 1000), zone,
	    zone + 3);
	put_text(l, text);
}

/*
 * A pipe or terminal is shared with other processes, so it is opened once
 * more for a descriptor that can be non-blocking without changing theirs. A
 * socket needs none: send() can be told.
 */
static int
open_own(void)
{
	struct stat st;
	int fd;

	log_blocks = false;
	log_is_socket = false;
	if (fstat(STDERR_FILENO, &st) != 0)
		return STDERR_FILENO;
	log_is_socket = S_ISSOCK(st.st_mode);
	if (!S_ISFIFO(st.st_mode) && !isatty(STDERR_FILENO))
		return STDERR_FILENO;
	fd = open(
	    "/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	log_blocks = fd < 0; /* no /proc, or the pipe is another user's */
	return fd >= 0 ? fd : STDERR_FILENO;
}

static bool
room_within(int ms)
{
	struct pollfd p = { .fd = log_fd, .events = POLLOUT };

	return poll(&p, 1, ms) != 0;
}

/* One attempt; a line is smaller than PIPE_BUF and so is never split. */
static bool
write_once(const char *text, size_t len)
{
	ssize_t n;

	do
		n = log_is_socket
			? send(log_fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL)
			: write(log_fd, text, len);
	while (n < 0 && errno == EINTR);
	/* Only "full" counts as lost: with no reader at all, who would know? */
	return n >= 0 || errno != EAGAIN;
}

static bool
write_line(const struct log_line *l)
{
	int wait = atomic_load(&lost_lines) == 0 ? WAIT_MS : 0;

	if (log_blocks)
		return room_within(wait) && write_once(l->text, l->used);
	return write_once(l->text, l->used) ||
	       (wait > 0 && room_within(wait) && write_once(l->text, l->used));
}

static void
write_lost(void)
{
	unsigned lost = atomic_exchange(&lost_lines, 0);
	struct log_line l;

	if (lost == 0)
		return;
	log_begin(&l, LOG_LINE_ERROR, "log-lines-lost");
	log_number(&l, "lines", lost);
	l.text[l.used++] = '\n';
	if (!write_line(&l))
		atomic_fetch_add(&lost_lines, lost);
}

void
log_open(const char *process, enum log_level least)
{
	if (log_fd != STDERR_FILENO)
		close(log_fd);
	process_name = process;
	least_level = least;
	log_fd = open_own();
}

void
log_begin(struct log_line *l, enum log_level level, const char *event)
{
	l->level = level;
	l->used = 0;
	l->full = level < least_level;
	if (l->full)
		return;
	put_time(l);
	put_text(l, level_names[level]);
	put_text(l, " ");
	put_text(l, process_name);
	put_text(l, " ");
	put_text(l, event);
}

void
log_text(struct log_line *l, const char *key, const char *value)
{
	if (value == NULL) {
		put_key(l, key);
		put_text(l, "-");
	} else {
		log_bytes(l, key, value, strlen(value));
	}
}

void
log_bytes(struct log_line *l, const char *key, const void *bytes, size_t len)
{
	const unsigned char *c = bytes;
	const char *quote;
	size_t i = 0;

	while (i < len && i < sizeof(l->text) && byte_plain(c[i]))
		i++;
	quote = i < len || len == 0 ? "\"" : "";
	put_key(l, key);
	put_text(l, quote);
	for (i = 0; i < len && !l->full; i++)
		put_escaped(l, c[i]);
	put_text(l, quote);
}

void
log_hex(struct log_line *l, const char *key, const void *bytes, size_t len)
{
	const unsigned char *c = bytes;

	put_key(l, key);
	for (size_t i = 0; i < len && !l->full; i++) {
		char pair[3];

		hex_write(pair, &c[i], 1);
		put(l, pair, 2);
	}
}

void
log_number(struct log_line *l, const char *key, int64_t value)
{
	char text[24];

	put_key(l, key);
	snprintf(text, sizeof(text), "%" PRId64, value);
	put_text(l, text);
}

void
log_ms(struct log_line *l, const char *key, int64_t us)
{
	int64_t tenths = us > 0 ? us / 100 + (us % 100 >= 50) : 0;
	char text[32];

	put_key(l, key);
	snprintf(text, sizeof(text), "%" PRId64 ".%d", tenths / 10,
	    (int)(tenths % 10));
	put_text(l, text);
}

void
log_end(struct log_line *l)
{
	if (l->level < least_level)
		return;
	l->text[l->used++] = '\n';
	if (write_line(l))
		write_lost();
	else
		atomic_fetch_add(&lost_lines, 1);
}

void
log_say(enum log_level level, const char *event, const char *what)
{
	struct log_line l;

	log_begin(&l, level, event);
	log_text(&l, level >= LOG_LINE_WARN ? "reason" : "note", what);
	log_end(&l);
}
