#include "bench/fields.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_MAX 8192 /* bytes in a line of the file */
#define BODY_MAX 65536 /* bytes of a body */

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

bool
fields_read_body(const char *file, char **body)
{
	char *text = calloc(1, BODY_MAX + 1);
	FILE *f = fopen(file, "re");
	size_t len = 0;

	if (text == NULL)
		abort();
	free(*body);
	*body = text;
	if (f == NULL) {
		fprintf(stderr, "estbench: %s: %s\n", file, strerror(errno));
		return false;
	}
	len = fread(text, 1, BODY_MAX, f);
	if (ferror(f) != 0 || fgetc(f) != EOF || strlen(text) != len)
		len = 0;
	fclose(f);
	if (len == 0)
		fprintf(stderr,
		    "estbench: %s: a body is text of 1 to %d bytes\n", file,
		    BODY_MAX);
	return len > 0;
}
