#include "cli/table.h"

#include "base/xalloc.h"

#include <assert.h>
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/escape.h"
#include "cli/output.h"
#include "cli/tone.h"

#define COLUMNS_MAX 24
#define GAP 2

struct table {
	const char *columns[COLUMNS_MAX];
	size_t column_count;
	size_t widths[COLUMNS_MAX]; /* for people */
	size_t fitting;		    /* columns that the terminal has room for */
	bool colours;
	bool begun;   /* something of it is printed */
	json_t *rows; /* array of objects: those that are not */
	json_t *row;  /* the one that is being filled, owned by rows */
	size_t filled;
};

struct table *
table_new(const char *const *columns)
{
	struct table *l = xcalloc(1, sizeof(*l));

	l->rows = xalloc_made(json_array());
	l->colours = output_colours();
	for (; columns[l->column_count] != NULL; l->column_count++) {
		assert(l->column_count < COLUMNS_MAX);
		l->columns[l->column_count] = columns[l->column_count];
	}
	return l;
}

void
table_free(struct table *l)
{
	if (l == NULL)
		return;
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
	bool there = value != NULL && value[0] != '\0';
	json_t *text = there ? json_string(value) : json_null();
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

void
table_json(struct table *l, const char *json)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);

	if (value != NULL)
		add(l, value);
	else
		table_text(l, json); /* no JSON of this library's */
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
	char number[24], *text, *escaped;

	if (json_is_object(value) || json_is_array(value)) {
		text = xalloc_made(json_dumps(value, 0));
		escaped = escape_text(text);
		free(text);
		return escaped;
	}
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
put_title(const char *name, size_t width)
{
	char title[64];
	size_t i = 0;

	for (; i < sizeof(title) - 1 && name[i] != '\0'; i++)
		title[i] = name[i] == '_'
			       ? ' '
			       : (char)toupper((unsigned char)name[i]);
	title[i] = '\0';
	put_padded(title, width);
}

/* The last column is as wide as it likes. */
static size_t
width_of(const struct table *l, size_t column)
{
	return column == l->fitting - 1 ? 0 : l->widths[column] + GAP;
}

/* From the left; the first always. */
static void
find_fitting(struct table *l)
{
	size_t room = output_width(), taken = 0;

	for (l->fitting = 0; l->fitting < l->column_count; l->fitting++) {
		taken += l->widths[l->fitting];
		if (room > 0 && taken > room && l->fitting > 0)
			break;
		taken += GAP;
	}
}

/* What deserves a look; NULL: nothing more than other values. */
static const char *
tone_of(const struct table *l, const json_t *row, const char *column)
{
	const json_t *value = json_object_get(row, column);

	if (!l->colours)
		return NULL;
	if (strcmp(column, "not_after") == 0)
		value = json_object_get(row, "days_left");
	if (json_is_integer(value) && (strcmp(column, "not_after") == 0 ||
					  strstr(column, "days_left") != NULL))
		return tone_of_days(json_integer_value(value));
	if (json_is_string(value) &&
	    (strcmp(column, "state") == 0 || strcmp(column, "mail") == 0))
		return tone_of_state(json_string_value(value));
	return NULL;
}

static void
find_widths(struct table *l)
{
	size_t i;
	json_t *row;

	for (size_t c = 0; c < l->column_count; c++) {
		l->widths[c] = strlen(l->columns[c]);
		json_array_foreach(l->rows, i, row)
		{
			char *text = shown(json_object_get(row, l->columns[c]));

			if (escape_width(text) > l->widths[c])
				l->widths[c] = escape_width(text);
			free(text);
		}
	}
}

static void
put_titles(struct table *l)
{
	find_widths(l);
	find_fitting(l);
	for (size_t c = 0; c < l->fitting; c++)
		put_title(l->columns[c], width_of(l, c));
	fputc('\n', stdout);
}

/* One that is wider than those of the first page still keeps a distance. */
static void
put_row(const struct table *l, const json_t *row)
{
	for (size_t c = 0; c < l->fitting; c++) {
		char *text = shown(json_object_get(row, l->columns[c]));
		const char *tone = tone_of(l, row, l->columns[c]);
		bool tight =
		    width_of(l, c) > 0 && escape_width(text) >= width_of(l, c);

		fputs(tone != NULL ? tone : "", stdout);
		put_padded(text, width_of(l, c));
		fputs(tone != NULL ? TONE_END : "", stdout);
		fputs(tight ? " " : "", stdout);
		free(text);
	}
	fputc('\n', stdout);
}

/* -------------------------------------------------------------- programs */

/* What a terminal would act on (C1) is escaped as well. */
static char *
as_json(const json_t *value)
{
	char *text = xalloc_made(json_dumps(value, JSON_INDENT(2)));
	char *escaped = escape_json(text);

	free(text);
	return escaped;
}

/* An element of an array: behind the one before, and indented. */
static void
put_element(const struct table *l, size_t i, const json_t *row)
{
	char *text = as_json(row);

	fputs(l->begun || i > 0 ? ",\n" : "[\n", stdout);
	for (const char *line = text; line != NULL;) {
		const char *end = strchr(line, '\n');
		size_t len =
		    end != NULL ? (size_t)(end + 1 - line) : strlen(line);

		fputs("  ", stdout);
		fwrite(line, 1, len, stdout);
		line = end != NULL ? end + 1 : NULL;
	}
	free(text);
}

/* -------------------------------------------------------------- printing */

void
table_put(struct table *l, bool json)
{
	size_t i;
	json_t *row;

	assert(l->filled == 0);
	if (!json && !l->begun)
		put_titles(l);
	json_array_foreach(l->rows, i, row)
	{
		if (json)
			put_element(l, i, row);
		else
			put_row(l, row);
	}
	l->begun = l->begun || !json || json_array_size(l->rows) > 0;
	json_array_clear(l->rows);
}

/* Nothing goes without a word. */
static void
say_left_out(const struct table *l)
{
	char names[512] = "";
	size_t used = 0;

	for (size_t c = l->fitting; c < l->column_count; c++)
		used += (size_t)snprintf(names + used, sizeof(names) - used,
		    "%s%s", used > 0 ? ", " : "", l->columns[c]);
	if (used > 0)
		command_say("the terminal is too narrow for: %s; --json and "
			    "pipes have all columns",
		    names);
}

void
table_print(struct table *l, bool json)
{
	table_put(l, json);
	if (json)
		fputs(l->begun ? "\n]\n" : "[]\n", stdout);
	else if (output_flush())
		say_left_out(l);
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
		const char *tone;

		snprintf(name, sizeof(name), "%s:", l->columns[c]);
		for (char *at = name; *at != '\0'; at++)
			*at = *at == '_' ? ' ' : *at;
		text = shown(json_object_get(row, l->columns[c]));
		tone = tone_of(l, row, l->columns[c]);
		put_padded(name, width + GAP);
		printf("%s%s%s\n", tone != NULL ? tone : "", text,
		    tone != NULL ? TONE_END : "");
		free(text);
	}
}

void
table_print_one(struct table *l, bool json)
{
	const json_t *row = json_array_get(l->rows, 0);
	char *text;

	assert(l->filled == 0 && json_array_size(l->rows) == 1);
	if (json) {
		text = as_json(row);
		puts(text);
		free(text);
	} else {
		print_lines(l, row);
	}
	table_free(l);
}
