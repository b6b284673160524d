#include "cli/listing.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/field.h"
#include "cli/table.h"
#include "cli/time_text.h"

#define SQL_SIZE 4096
#define PARAMETERS_MAX 10
#define COLUMNS_MAX 24

/* A question that is being put together. */
struct asking {
	char sql[SQL_SIZE];
	size_t len;
	const char *values[PARAMETERS_MAX];
	size_t parameters, conditions;
	char seconds[PARAMETERS_MAX][24]; /* times, as parameters */
};

static void put(struct asking *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
put(struct asking *a, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(a->sql + a->len, sizeof(a->sql) - a->len, format, args);
	va_end(args);
	assert(len >= 0 && (size_t)len < sizeof(a->sql) - a->len);
	a->len += (size_t)len;
}

/* Each `$` in it is the value, which is a parameter. */
static void
put_with(struct asking *a, const char *sql, const char *value)
{
	const char *sign;

	if (strchr(sql, '$') != NULL) {
		assert(a->parameters < PARAMETERS_MAX);
		a->values[a->parameters++] = value;
	}
	for (; (sign = strchr(sql, '$')) != NULL; sql = sign + 1)
		put(a, "%.*s$%zu", (int)(sign - sql), sql, a->parameters);
	put(a, "%s", sql);
}

static void
put_condition(struct asking *a, const char *sql, const char *value)
{
	put(a, a->conditions++ == 0 ? " WHERE (" : " AND (");
	put_with(a, sql, value);
	put(a, ")");
}

/* What was given; times as seconds. */
static void
put_options(struct asking *a, const struct command_line *line)
{
	for (size_t i = 0; i < line->given_count; i++) {
		const struct command_option *o = line->given[i].option;
		const char *value = line->given[i].value;
		char *seconds = a->seconds[a->parameters];
		time_t at;

		if (o->where == NULL)
			continue;
		if (o->judge == field_time && time_text_read(value, &at)) {
			snprintf(seconds, sizeof(a->seconds[0]), "%lld",
			    (long long)at);
			value = seconds;
		}
		put_condition(a, o->where, value);
	}
}

/* How many columns there are to see. */
static size_t
begin(struct asking *a, const struct session *d, enum listing_shown shown)
{
	const struct listing *l = d->line->command->listing;
	size_t n = 0;

	*a = (struct asking){ .len = 0 };
	for (; l->columns[n].name != NULL && l->columns[n].shown <= shown; n++)
		put(a,
		    l->columns[n].kind == LISTING_TIME
			? "%s koshin.epoch(%s) AS %s"
			: "%s %s AS %s",
		    n == 0 ? "SELECT" : ",", l->columns[n].sql,
		    l->columns[n].name);
	put(a, " %s", l->from);
	if (session_contract(d) != NULL)
		put_condition(a, l->contract, session_contract(d));
	return n;
}

static void
put_row(struct table *t, const struct database *db, size_t row,
    const struct listing_column *columns, size_t n)
{
	for (size_t c = 0; c < n; c++) {
		const char *name = columns[c].name;

		if (columns[c].kind == LISTING_TIME)
			table_time(t, database_number(db, row, name));
		else if (database_text(db, row, name) == NULL ||
			 columns[c].kind == LISTING_TEXT)
			table_text(t, database_text(db, row, name));
		else if (columns[c].kind == LISTING_NUMBER)
			table_number(t, database_number(db, row, name));
		else
			table_switch(t, database_switch(db, row, name));
	}
}

/* Prints what was answered, with `print` of cli/table.h. */
static bool
show(
    const struct session *d, size_t n, void (*print)(struct table *, bool json))
{
	const struct listing_column *columns =
	    d->line->command->listing->columns;
	const char *names[COLUMNS_MAX + 1] = { NULL };
	struct table *t;

	assert(n <= COLUMNS_MAX);
	for (size_t c = 0; c < n; c++)
		names[c] = columns[c].name;
	t = table_new(names);
	for (size_t i = 0; i < database_rows(d->database); i++)
		put_row(t, d->database, i, columns, n);
	print(t, command_given(d->line, "--json"));
	return true;
}

bool
listing_list(struct session *d)
{
	const char *limit = command_value(d->line, "--limit");
	struct asking a;
	size_t n = begin(&a, d, LISTING_ALWAYS);

	put_options(&a, d->line);
	put(&a, " ORDER BY %s", d->line->command->listing->order);
	put_with(&a, " LIMIT $::bigint", limit != NULL ? limit : LISTING_LIMIT);
	if (!database_ask(d->database, a.sql, a.values))
		return false;
	return show(d, n, table_print);
}

bool
listing_show_word(struct session *d, const char *word)
{
	const struct listing *l = d->line->command->listing;
	bool operator_ = d->who == AUTHORITY_OPERATOR;
	struct asking a;
	size_t n = begin(&a, d, operator_ ? LISTING_OPERATOR : LISTING_SHOW);

	put_condition(&a, l->key, word);
	if (!database_ask(d->database, a.sql, a.values))
		return false;
	if (database_rows(d->database) == 1)
		return show(d, n, table_print_one);
	return l->none(word);
}

bool
listing_show(struct session *d)
{
	return listing_show_word(d, d->line->word);
}
