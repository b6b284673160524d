/*
 * The bytes of koshin.yaml, before anybody looks for YAML in them. What an
 * editor on another system slips in is named as what it is; the YAML parser
 * would complain about something else, somewhere else.
 */
#include "config/config_lines.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/input.h"

#define TOLD_SIZE 1024

void
config_tell(struct config_told *t, unsigned line, const char *key,
    const char *format, ...)
{
	char text[TOLD_SIZE], what[TOLD_SIZE / 2];
	char where[16] = "";
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (line > 0)
		snprintf(where, sizeof(where), ":%u", line);
	snprintf(text, sizeof(text), "%s%s: %s%s%s", t->path, where,
	    key != NULL ? key : "", key != NULL ? ": " : "", what);
	t->told++;
	t->fn(t->arg, text);
}

/*
 * Also a device, which never ends, is no configuration. Read by place: others
 * have the same descriptor.
 */
static char *
read_whole(struct config_told *t, int fd, size_t *len)
{
	char *text = xmalloc(CONFIG_FILE_MAX + 1);
	struct stat st;
	ssize_t n = 1;

	*len = 0;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		config_tell(t, 0, NULL, "is not a file; give the name of one");
		free(text);
		return NULL;
	}
	while (n > 0 && *len <= CONFIG_FILE_MAX) {
		n = pread(
		    fd, text + *len, CONFIG_FILE_MAX + 1 - *len, (off_t)*len);
		if (n > 0)
			*len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	if (n < 0)
		config_tell(t, 0, NULL, "cannot be read: %s", strerror(errno));
	else if (*len > CONFIG_FILE_MAX)
		config_tell(t, 0, NULL,
		    "is too large; at most %d KiB are expected",
		    CONFIG_FILE_MAX / 1024);
	else {
		text[*len] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

static void
check_line(struct config_told *t, unsigned line, const char *text, size_t len)
{
	if (len > CONFIG_LINE_MAX)
		config_tell(t, line, NULL,
		    "is a line of %zu bytes; must be at most %d", len,
		    CONFIG_LINE_MAX);
	else if (len > 0 && text[len - 1] == '\r')
		config_tell(t, line, NULL,
		    "ends with CR LF; must end with LF alone (dos2unix makes "
		    "it so)");
	else if (memchr(text, '\t', len) != NULL)
		config_tell(t, line, NULL, "has a TAB in it; use spaces");
	else if (!input_utf8(text, len))
		config_tell(t, line, NULL, "is not UTF-8; save it as UTF-8");
}

/* The first fault only: a file with CR LF has it in each line. */
static bool
bytes_ok(struct config_told *t, const char *text, size_t len)
{
	unsigned before = t->told;
	unsigned line = 1;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		config_tell(t, 1, NULL,
		    "starts with a byte order mark; save it as UTF-8 without "
		    "BOM");
	for (size_t i = 0; i < len && t->told == before; line++) {
		const char *end = memchr(text + i, '\n', len - i);
		size_t line_len =
		    end != NULL ? (size_t)(end - (text + i)) : len - i;

		check_line(t, line, text + i, line_len);
		i += line_len + 1;
	}
	return t->told == before;
}

char *
config_lines_copy(struct config_told *t, int fd, size_t *len)
{
	char *text = read_whole(t, fd, len);

	close(fd);
	if (text != NULL && !bytes_ok(t, text, *len)) {
		free(text);
		return NULL;
	}
	return text;
}

char *
config_lines_file(struct config_told *t, size_t *len)
{
	int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return config_lines_copy(t, fd, len);
	config_tell(t, 0, NULL, "cannot be opened: %s%s", strerror(errno),
	    errno == ENOENT
		? "; `koshin init` makes one, or name it with --config"
		: "");
	return NULL;
}
