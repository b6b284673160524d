#include "est/route.h"

#include "base/hex.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define PREFIX "/.well-known/est/"
#define SEGMENTS_MAX 6

/* One path segment, decoded once. */
struct segment {
	char text[PROFILE_NAME_MAX + 1];
};

/* RFC 3986 unreserved: all that a label or an operation is made of. */
static bool
unreserved(char c)
{
	return isalnum((unsigned char)c) ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

/*
 * Takes `/segment` from the path. False unless it is one to 64 unreserved
 * characters, percent-encoded or not; so `//`, a trailing slash, an encoded
 * slash and control characters end here (EST-065). Dot segments match no
 * label.
 */
static bool
take_segment(const char **path, struct segment *out)
{
	const char *p = *path;
	size_t n = 0;

	if (*p++ != '/')
		return false;
	for (; *p != '\0' && *p != '/'; p++) {
		char c = *p;

		if (c == '%') {
			if (!hex_read(&c, 1, p + 1))
				return false;
			p += 2;
		}
		if (!unreserved(c) || n == PROFILE_NAME_MAX)
			return false;
		out->text[n++] = c;
	}
	out->text[n] = '\0';
	*path = p;
	return n > 0;
}

static bool
split(const char *path, struct segment *segments, size_t *count)
{
	*count = 0;
	while (*path != '\0') {
		if (*count == SEGMENTS_MAX ||
		    !take_segment(&path, &segments[*count]))
			return false;
		(*count)++;
	}
	return true;
}

static bool
is(const struct segment *s, const char *text)
{
	return strcmp(s->text, text) == 0;
}

static enum route_end
find_operation(const struct segment *s, struct route *route)
{
	if (!operation_find(s->text, &route->operation))
		return ROUTE_NO_OPERATION;
	return route->operation < OPERATION_ANSWERED ? ROUTE_FOUND
						     : ROUTE_NOT_OFFERED;
}

static enum route_end
find_profile(const struct config *config, const struct segment *label,
    struct route *route)
{
	route->labelled = label != NULL;
	route->profile =
	    config_profile(config, label == NULL ? NULL : label->text,
		label == NULL ? 0 : strlen(label->text));
	return route->profile != NULL ? ROUTE_FOUND : ROUTE_NO_LABEL;
}

/*
 * /.well-known/est/OP, /.well-known/est/LABEL/OP and, where the setting
 * allows it, /LABEL/.well-known/est/OP for strongSwan 5.9.8 (EST-068).
 */
enum route_end
route_find(const struct config *config, const char *path, struct route *route)
{
	struct segment all[SEGMENTS_MAX];
	const struct segment *s = all, *label = NULL;
	enum route_end end;
	size_t n;

	*route = (struct route){ 0 };
	if (!split(path, all, &n))
		return strncmp(path, PREFIX, strlen(PREFIX)) == 0
			   ? ROUTE_NO_OPERATION
			   : ROUTE_NO_PATH;
	if (config->est.path_alias && n == 4 && !is(&all[0], ".well-known")) {
		label = s++;
		n--;
	}
	if (n < 3 || !is(&s[0], ".well-known") || !is(&s[1], "est"))
		return ROUTE_NO_PATH;
	if (n == 4 && label == NULL) {
		label = &s[2];
		s++;
	} else if (n != 3) {
		return ROUTE_NO_OPERATION;
	}
	end = find_operation(&s[2], route);
	return end == ROUTE_FOUND ? find_profile(config, label, route) : end;
}
