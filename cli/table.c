#include "cli/table.h"

#include "base/xalloc.h"

#include <assert.h>
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/escape.h"

#define COLUMNS_MAX 24
#define GAP 2

struct table {
	const char *const *columns;
	size_t column_count;
	json_t *rows; /* array of objects */
	json_t *row;  /* the one that is being filled, owned by rows */
	size_t filled;
};

struct table *
table_new(const char *const *columns)
{
	struct table *l = xcalloc(1, sizeof(*l));

	l->rows = xalloc_made(json_array());
	l->columns = columns;
	while (columns[l->column_count] != NULL)
		l->column_count++;
	assert(l->column_count <= COLUMNS_MAX);
	return l;
}

void
table_free(struct table *l)
{
	json_decref(l->rows);
	free(l);
}

static void
add(struct table *l, json_t *value)
{
	if (l->filled == 0) {
		l->row = json_object();
		if (json_array_append_new(l->rows, l->row) != 0)
			xalloc_failed();
	}
	if (json_object_set_new(l->row, l->columns[l->filled], value) != 0)
		xalloc_failed();
	l->filled = (l->filled + 1) % l->column_count;
}

/* What is no UTF-8 cannot stand in JSON either; it is escaped. */
void
table_text(struct table *l, const char *value)
{
	json_t *text = value != NULL ? json_string(value) : json_null();
	char *escaped;

	if (text == NULL) {
		escaped = escape_text(value);
		text = json_string(escaped);
		free(escaped);
	}
	add(l, text);
}

void
table_number(struct table *l, int64_t value)
{
	add(l, json_integer(value));
}

void
table_number_if(struct table *l, bool there, int64_t value)
{
	add(l, there ? json_integer(value) : json_null());
}

void
table_switch(struct table *l, bool value)
{
	add(l, json_boolean(value));
}

/* RFC 3339, so that programs read it too. */
void
table_time(struct table *l, int64_t at)
{
	time_t when = (time_t)at;
	struct tm local;
	char text[40], zone[16];

	if (at == 0 || localtime_r(&when, &local) == NULL) {
		add(l, json_null());
		return;
	}
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
	strftime(zone, sizeof(zone), "%z", &local);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%.3s:%s",
	    zone, zone + 3);
	add(l, json_string(text));
}

/* ---------------------------------------------------------------- people */

/* As people read it; free() it. */
static char *
shown(const json_t *value)
{
	char number[24];

	if (json_is_string(value))
		return escape_text(json_string_value(value));
	if (json_is_boolean(value))
		return escape_text(json_is_true(value) ? "yes" : "no");
	if (!json_is_integer(value))
		return escape_text("-");
	snprintf(number, sizeof(number), "%lld",
	    (long long)json_integer_value(value));
	return escape_text(number);
}

static void
put_padded(const char *text, size_t width)
{
	size_t own = escape_width(text);

	fputs(text, stdout);
	for (; own < width; own++)
		fputc(' ', stdout);
}

static void
put_title(const char *name, size_t width, bool last)
{
	char title[64];
	size_t i = 0;

	for (; i < sizeof(title) - 1 && name[i] != '\0'; i++)
		title[i] = name[i] == '_'
			       ? ' '
			       : (char)toupper((unsigned char)name[i]);
	title[i] = '\0';
	put_padded(title, last ? 0 : width);
}

static void
print_table(const struct table *l)
{
	size_t widths[COLUMNS_MAX];
	size_t n = l->column_count, i;
	json_t *row;

	for (size_t c = 0; c < n; c++) {
		widths[c] = strlen(l->columns[c]);
		json_array_foreach(l->rows, i, row)
		{
			char *text = shown(json_object_get(row, l->columns[c]));

			if (escape_width(text) > widths[c])
				widths[c] = escape_width(text);
			free(text);
		}
		widths[c] += GAP;
	}
	for (size_t c = 0; c < n; c++)
		put_title(l->columns[c], widths[c], c == n - 1);
	fputc('\n', stdout);
	json_array_foreach(l->rows, i, row)
	{
		for (size_t c = 0; c < n; c++) {
			char *text = shown(json_object_get(row, l->columns[c]));

			put_padded(text, c == n - 1 ? 0 : widths[c]);
			free(text);
		}
		fputc('\n', stdout);
	}
}

/* ASCII: what a terminal would act on (C1) is escaped as well. */
static void
print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', stdout);
}

void
table_print(struct table *l, bool json)
{
	assert(l->filled == 0);
	if (json)
		print_json(l->rows);
	else
		print_table(l);
	table_free(l);
}

/* `name: value`, the values in one column. */
static void
print_lines(const struct table *l, const json_t *row)
{
	size_t width = 0;

	for (size_t c = 0; c < l->column_count; c++)
		if (strlen(l->columns[c]) > width)
			width = strlen(l->columns[c]);
	for (size_t c = 0; c < l->column_count; c++) {
		char name[64], *text;

		snprintf(name, sizeof(name), "%s:", l->columns[c]);
		for (char *at = name; *at != '\0'; at++)
			*at = *at == '_' ? ' ' : *at;
		text = shown(json_object_get(row, l->columns[c]));
		put_padded(name, width + GAP);
		puts(text);
		free(text);
	}
}

void
table_print_one(struct table *l, bool json)
{
	const json_t *row = json_array_get(l->rows, 0);

	assert(l->filled == 0 && json_array_size(l->rows) == 1);
	if (json)
		print_json(row);
	else
		print_lines(l, row);
	table_free(l);
}
