#include "bench/fields.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_MAX 8192 /* bytes in a line of the file */

/* NAME: VALUE, and nothing that would end it before its line does. */
static bool
is_field(const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);

	if (colon == NULL || colon == line || len > FIELD_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)line[i]))
			return false;
	return memchr(line, ' ', (size_t)(colon - line)) == NULL;
}

static void
add(char **fields, const char *line, size_t len)
{
	size_t used = *fields != NULL ? strlen(*fields) : 0;
	char *more = realloc(*fields, used + len + sizeof("\r\n"));

	if (more == NULL)
		abort();
	memcpy(more + used, line, len);
	memcpy(more + used + len, "\r\n", sizeof("\r\n"));
	*fields = more;
}

bool
fields_read(const char *file, char **fields)
{
	char line[FIELD_MAX + 2];
	FILE *f = fopen(file, "re");
	bool ok = true;
	long at = 0;

	if (f == NULL) {
		fprintf(stderr, "estbench: %s: %s\n", file, strerror(errno));
		return false;
	}
	while (ok && fgets(line, sizeof(line), f) != NULL) {
		size_t len = strcspn(line, "\r\n");

		at++;
		if (len == 0)
			continue;
		ok = is_field(line, len);
		if (ok)
			add(fields, line, len);
	}
	fclose(f);
	if (!ok)
		fprintf(
		    stderr, "estbench: %s:%ld: not NAME: VALUE\n", file, at);
	return ok;
}
