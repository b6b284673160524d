/*
 * clock_zone() of base/clock.h; apart from base/clock.c, so that a test with
 * a clock of its own still has the real zones.
 *
 * tzset() takes any name and falls back to UTC without a word: certificates
 * would end nine hours late. So the name is checked here first.
 */
#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo/"
#define ZONE_SIZE 128

static bool
name_safe(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_+-/";

	return name[0] != '\0' && name[0] != '/' &&
	       name[strspn(name, allowed)] == '\0';
}

/* Whether `path` is a regular file that starts as RFC 8536 3.1 wants it. */
static bool
file_is_zone(const char *path)
{
	char magic[4];
	struct stat st;
	bool is_zone;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return false;
	is_zone = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		  read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
		  memcmp(magic, "TZif", sizeof(magic)) == 0;
	close(fd);
	return is_zone;
}

/* Writes what TZ is to be; false if there is no such zone. */
static bool
find_zone(const char *name, char zone[ZONE_SIZE])
{
	int len = snprintf(zone, ZONE_SIZE, ":" ZONES "%s", name);

	return len >= 0 && len < ZONE_SIZE && name_safe(name) &&
	       file_is_zone(zone + 1);
}

bool
clock_zone_known(const char *name)
{
	char zone[ZONE_SIZE];

	return find_zone(name, zone);
}

bool
clock_zone(const char *name)
{
	char zone[ZONE_SIZE];

	if (!find_zone(name, zone))
		return false;
	if (setenv("TZ", zone, 1) != 0)
		return false;
	tzset();
	return true;
}
