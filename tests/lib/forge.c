#include "tests/lib/forge.h"

#include "base/hex.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS 8
#define LINE_MAX_BYTES 65536

static struct {
	char *word[WORDS];
	int words;
	char room[LINE_MAX_BYTES];
} line;

void
forge_die(const char *what)
{
	fprintf(stderr, "forge: %s: %s\n", what, strerror(errno));
	exit(2);
}

void
forge_become(const char *uid, const char *gid)
{
	gid_t group = (gid_t)strtoul(gid, NULL, 10);

	if (geteuid() == 0 &&
	    (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 ||
		setuid((uid_t)strtoul(uid, NULL, 10)) != 0))
		forge_die("its user");
}

static void
split(void)
{
	char *rest = NULL, *next;

	line.words = 0;
	for (next = strtok_r(line.room, " \n", &rest); next != NULL;
	     next = strtok_r(NULL, " \n", &rest)) {
		if (line.words == WORDS)
			forge_die("too many words");
		line.word[line.words++] = next;
	}
}

bool
forge_next(void)
{
	fflush(stdout);
	if (fgets(line.room, sizeof(line.room), stdin) == NULL)
		return false;
	split();
	return true;
}

const char *
forge_word(int n)
{
	if (n >= line.words)
		forge_die("a word is missing");
	return strcmp(line.word[n], "-") == 0 ? "" : line.word[n];
}

int64_t
forge_number(int n)
{
	return strtoll(forge_word(n), NULL, 10);
}

size_t
forge_bytes(int n, void *out, size_t room)
{
	const char *hex = forge_word(n);
	size_t len = strlen(hex) / 2;

	if (len > room || !hex_read(out, len, hex))
		forge_die(hex);
	return len;
}

void
forge_text(int n, char *out, size_t size)
{
	snprintf(out, size, "%s", forge_word(n));
}

void
forge_show(const char *key, const void *what, size_t len)
{
	const unsigned char *byte = what;

	printf(" %s=", key);
	while (len-- > 0)
		printf("%02x", *byte++);
}
