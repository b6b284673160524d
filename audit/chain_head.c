#include "audit/chain_head.h"

#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_SIZE 256

/* -------------------------------------------------------------- reading */

static bool
take_word(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool
parse(const char *line, struct chain_head *head)
{
	char hex[DIGEST_HEX_SIZE], *end;

	if (!take_word(&line, "position=") || *line < '1' || *line > '9')
		return false;
	errno = 0;
	head->position = strtoll(line, &end, 10);
	line = end;
	if (errno != 0 || !take_word(&line, " mac="))
		return false;
	snprintf(hex, sizeof(hex), "%s", line);
	return digest_read(hex, &head->mac) && line[sizeof(hex) - 1] == ' ';
}

enum chain_head_rc
chain_head_read(const char *path, struct chain_head *head, struct fault *why)
{
	char line[LINE_SIZE];
	FILE *f = fopen(path, "re");
	bool read;

	*head = (struct chain_head){ 0 };
	if (f == NULL) {
		bool none = errno == ENOENT;

		fault_set(why, "cannot be opened: %s", strerror(errno));
		return none ? CHAIN_HEAD_NONE : CHAIN_HEAD_BAD;
	}
	read = fgets(line, sizeof(line), f) != NULL && parse(line, head);
	fclose(f);
	if (read)
		return CHAIN_HEAD_READ;
	*head = (struct chain_head){ 0 };
	fault_set(why, "is no head of the audit chain; its line must be like "
		       "`position=7 mac=... at=...`");
	return CHAIN_HEAD_BAD;
}

/* -------------------------------------------------------------- writing */

bool
chain_head_folder(const char *path, struct fault *why)
{
	char folder[PATH_MAX];

	folder_of(path, folder);
	if ((mkdir(folder, 0700) == 0 || errno == EEXIST) &&
	    access(folder, W_OK | X_OK) == 0)
		return true;
	fault_set(why,
	    "cannot be written: %s; make its folder for the service's user, "
	    "or name another with audit.head",
	    strerror(errno));
	return false;
}

static bool
write_line(int fd, const struct chain_head *head, time_t at)
{
	char hex[DIGEST_HEX_SIZE], when[32], line[LINE_SIZE];
	struct tm utc;
	int len;

	digest_write(&head->mac, hex);
	if (gmtime_r(&at, &utc) == NULL ||
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		return false;
	len = snprintf(line, sizeof(line), "position=%lld mac=%s at=%s\n",
	    (long long)head->position, hex, when);
	return write(fd, line, (size_t)len) == (ssize_t)len && fsync(fd) == 0;
}

bool
chain_head_write(const char *path, const struct chain_head *head, time_t at,
    struct fault *why)
{
	char fresh[PATH_MAX];
	bool written;
	int fd, n = snprintf(
		    fresh, sizeof(fresh), "%s.%d.new", path, (int)getpid());

	if (n < 0 || (size_t)n >= sizeof(fresh)) {
		return fault_set(why, "has too long a name");
	}
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	written = fd >= 0 && write_line(fd, head, at);
	if (!written)
		fault_set(why, "cannot be written: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	if (written && (rename(fresh, path) != 0 || !folder_sync(path))) {
		fault_set(why, "cannot be replaced: %s", strerror(errno));
		written = false;
	}
	if (!written)
		unlink(fresh);
	return written;
}
