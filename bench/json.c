#include "bench/json.h"

static void
put_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c > '~')
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void
put_name(struct json *j, const char *name)
{
	if (j->comma)
		fputs(", ", j->out);
	j->comma = true;
	if (name == NULL)
		return;
	put_string(j->out, name);
	fputs(": ", j->out);
}

void
json_open(struct json *j, const char *name, char bracket)
{
	put_name(j, name);
	fputc(bracket, j->out);
	j->comma = false;
	j->depth++;
}

void
json_close(struct json *j, char bracket)
{
	fputc(bracket, j->out);
	j->comma = true;
	if (--j->depth == 0)
		fputc('\n', j->out);
}

void
json_int(struct json *j, const char *name, long value)
{
	put_name(j, name);
	fprintf(j->out, "%ld", value);
}

void
json_real(struct json *j, const char *name, double value)
{
	put_name(j, name);
	fprintf(j->out, "%.6f", value);
}

void
json_bool(struct json *j, const char *name, bool value)
{
	put_name(j, name);
	fputs(value ? "true" : "false", j->out);
}

void
json_text(struct json *j, const char *name, const char *value)
{
	put_name(j, name);
	put_string(j->out, value);
}
