#include "cli/listing.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "cli/field.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/time_text.h"
#include "policy/validity.h"

#define SQL_SIZE 8192
#define PAGE 1000 /* rows */
#define PARAMETERS_MAX 12
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

/* What is asked for, and how many columns of it there are to see. */
static size_t
put_columns(struct asking *a, const struct session *d, enum listing_shown shown)
{
	const struct listing *l = d->line->command->listing;
	size_t n = 0;

	*a = (struct asking){ .len = 0 };
	for (; l->columns[n].name != NULL && l->columns[n].shown <= shown; n++)
		put(a,
		    l->columns[n].kind == LISTING_TIME ||
			    l->columns[n].kind == LISTING_DAYS
			? "%s koshin.epoch(%s) AS %s"
			: "%s %s AS %s",
		    n == 0 ? "SELECT" : ",", l->columns[n].sql,
		    l->columns[n].name);
	assert(n <= COLUMNS_MAX);
	return n;
}

/* Nobody is shown what is another contract's. */
static void
put_from(struct asking *a, const struct session *d)
{
	const struct listing *l = d->line->command->listing;

	put(a, " %s", l->from);
	if (session_contract(d) != NULL)
		put_condition(a, l->contract, session_contract(d));
}

/* 0: never. */
static void
put_days(struct table *t, int64_t until)
{
	table_number_if(
	    t, until != 0, validity_days_between(clock_now(), (time_t)until));
}

static void
put_row(struct table *t, const struct database *db, size_t row,
    const struct listing *l, size_t n)
{
	for (size_t c = 0; c < n; c++) {
		const struct listing_column *columns = l->columns;
		const char *name = columns[c].name;

		if (columns[c].kind == LISTING_TIME)
			table_time(t, database_number(db, row, name));
		else if (columns[c].kind == LISTING_DAYS)
			put_days(t, database_number(db, row, name));
		else if (database_text(db, row, name) != NULL &&
			 columns[c].kind == LISTING_JSON)
			table_json(t, database_text(db, row, name));
		else if (database_text(db, row, name) == NULL ||
			 columns[c].kind == LISTING_TEXT)
			table_text(t, database_text(db, row, name));
		else if (columns[c].kind == LISTING_NUMBER)
			table_number(t, database_number(db, row, name));
		else
			table_switch(t, database_switch(db, row, name));
	}
}

static struct table *
table_of(const struct listing *l, size_t n)
{
	const char *names[COLUMNS_MAX + 1] = { NULL };

	for (size_t c = 0; c < n; c++)
		names[c] = l->columns[c].name;
	return table_new(names);
}

/* ------------------------------------------------------------------ list */

struct list {
	struct session *session;
	const struct listing *of;
	const struct listing_order *order;
	/* Of the last row, as the database wrote them; NULL: none before. */
	char *key[LISTING_KEYS];
	struct table *table; /* NULL: no page so far */
	size_t columns, rows;
};

static const struct listing_order *
order_of(const struct command_line *line)
{
	const struct listing_order *o = line->command->listing->orders;

	for (; o->option != NULL; o++) {
		const char *value = command_value(line, o->option);

		if (value != NULL &&
		    (o->value == NULL || strcmp(o->value, value) == 0))
			break;
	}
	return o;
}

static size_t
keys_of(const struct listing_order *o)
{
	return o->key[LISTING_KEYS - 1].sql != NULL ? LISTING_KEYS : 1;
}

static void
put_keys(struct asking *a, const struct listing_order *o, const char *before)
{
	for (size_t k = 0; k < keys_of(o); k++)
		put(a, "%s(%s)::text AS key%zu", k == 0 ? before : ", ",
		    o->key[k].sql, k);
}

/* The list goes on behind this row. False: it is no row of this list. */
static bool
keep_place(struct list *l, size_t row)
{
	static const char *const names[LISTING_KEYS] = { "key0", "key1" };
	bool whole = true;

	for (size_t k = 0; k < keys_of(l->order); k++) {
		const char *text =
		    database_text(l->session->database, row, names[k]);

		free(l->key[k]);
		l->key[k] = text != NULL ? xstrdup(text) : NULL;
		whole = whole && text != NULL;
	}
	return whole;
}

/* --after names a row as its first column does. */
static bool
find_place(struct list *l)
{
	struct session *d = l->session;
	const char *word = command_value(d->line, "--after");
	char key[LISTING_WORD_SIZE];
	struct asking a = { .len = 0 };

	if (word == NULL)
		return true;
	if (l->of->read != NULL) {
		if (!l->of->read(word, key))
			return false;
		word = key;
	}
	put_keys(&a, l->order, "SELECT ");
	put_from(&a, d);
	put_condition(&a, l->of->key, word);
	if (!database_ask(d->database, a.sql, a.values))
		return false;
	return (database_rows(d->database) == 1 && keep_place(l, 0)) ||
	       command_refuse("--after", "no such row in this list");
}

/* As one comparison, which an index can answer. */
static void
put_place(struct asking *a, const struct list *l)
{
	const struct listing_order *o = l->order;

	if (l->key[0] == NULL)
		return;
	put(a, a->conditions++ == 0 ? " WHERE (" : " AND (");
	for (size_t k = 0; k < keys_of(o); k++)
		put(a, "%s%s", k == 0 ? "" : ", ", o->key[k].sql);
	put(a, o->rising ? ") > (" : ") < (");
	for (size_t k = 0; k < keys_of(o); k++) {
		put_with(a, k == 0 ? "$::" : ", $::", l->key[k]);
		put(a, "%s", o->key[k].type);
	}
	put(a, ")");
}

static void
put_order(struct asking *a, const struct listing_order *o)
{
	for (size_t k = 0; k < keys_of(o); k++)
		put(a, "%s%s%s", k == 0 ? " ORDER BY " : ", ", o->key[k].sql,
		    o->rising ? "" : " DESC");
}

/* One row more, by which one sees whether another page comes. */
static bool
ask_page(struct list *l, size_t rows)
{
	struct session *d = l->session;
	struct asking a;
	char limit[24];

	l->columns = put_columns(&a, d, LISTING_ALWAYS);
	put_keys(&a, l->order, ", ");
	put_from(&a, d);
	put_options(&a, d->line);
	put_place(&a, l);
	put_order(&a, l->order);
	snprintf(limit, sizeof(limit), "%zu", rows + 1);
	put_with(&a, " LIMIT $::bigint", limit);
	return database_ask(d->database, a.sql, a.values);
}

static bool
print_page(struct list *l, size_t rows, bool *more)
{
	struct session *d = l->session;
	size_t there;

	if (!ask_page(l, rows))
		return false;
	if (l->table == NULL)
		l->table = table_of(l->of, l->columns);
	there = database_rows(d->database);
	*more = there > rows;
	for (size_t i = 0; i < there && i < rows; i++)
		put_row(l->table, d->database, i, l->of, l->columns);
	l->rows += there;
	if (*more)
		keep_place(l, rows - 1);
	table_put(l->table, command_given(d->line, "--json"));
	return output_flush_list();
}

/* By an option that has a condition, or by the end of what was seen. */
static bool
is_narrowed(const struct command_line *line)
{
	bool narrowed = command_given(line, "--after");

	for (size_t i = 0; i < line->given_count; i++)
		narrowed = narrowed || line->given[i].option->where != NULL;
	return narrowed;
}

static void
end_list(struct list *l, size_t rows, bool more)
{
	bool json = command_given(l->session->line, "--json");

	table_print(l->table, json);
	if (l->rows == 0 && !json)
		command_say(
		    is_narrowed(l->session->line) ? "no %s match" : "no %s yet",
		    l->of->things);
	if (more)
		command_say(
		    "there are more rows: use --after %s to continue, or "
		    "a larger --limit",
		    database_text(l->session->database, rows - 1,
			l->of->columns[0].name));
}

size_t
listing_limit(const struct command_line *line)
{
	const char *limit = command_value(line, "--limit");

	if (limit != NULL)
		return strtoul(limit, NULL, 10);
	return isatty(STDOUT_FILENO) == 1 && !command_given(line, "--json")
		   ? LISTING_LIMIT
		   : SIZE_MAX;
}

bool
listing_list(struct session *d)
{
	struct list l = { .session = d,
		.of = d->line->command->listing,
		.order = order_of(d->line) };
	size_t left = listing_limit(d->line), rows = 0;
	bool more = true, good = find_place(&l);

	for (; good && more && left > 0; left -= rows) {
		rows = left < PAGE ? left : PAGE;
		good = print_page(&l, rows, &more);
	}
	if (good)
		end_list(&l, rows, more);
	else
		table_free(l.table);
	for (size_t k = 0; k < LISTING_KEYS; k++)
		free(l.key[k]);
	return good;
}

/* ------------------------------------------------------------------ show */

bool
listing_show_word(struct session *d, const char *word)
{
	const struct listing *l = d->line->command->listing;
	bool operator_ = d->who == AUTHORITY_OPERATOR;
	struct asking a;
	size_t n =
	    put_columns(&a, d, operator_ ? LISTING_OPERATOR : LISTING_SHOW);
	struct table *t;

	put_from(&a, d);
	put_condition(&a, l->key, word);
	if (!database_ask(d->database, a.sql, a.values))
		return false;
	if (database_rows(d->database) != 1)
		return l->none(word);
	t = table_of(l, n);
	put_row(t, d->database, 0, l, n);
	table_print_one(t, command_given(d->line, "--json"));
	return true;
}

bool
listing_show(struct session *d)
{
	return listing_show_word(d, d->line->word);
}
