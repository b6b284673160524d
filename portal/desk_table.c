/*
 * A table of users that a master wants to register (R-WEB-5, J-15): every fault
 * of every row, before anything is done with one of them. It is read as at the
 * command line (policy/csv.h).
 */
#include "base/unicode.h"
#include "policy/csv.h"
#include "policy/input.h"
#include "portal/desk.h"
#include "portal/visit.h"

#include <stdlib.h>
#include <string.h>

#define FAULTS_MAX 200
#define ROW_MAX 1024 /* bytes of one in the answer */
#define NAME_SIZE (4 * INPUT_NAME_MAX + 1)

enum field {
	USER,
	NAME,
	EMAIL,
	ROLE,
	LOCALE,
	FIELDS,
	NO_FIELD = FIELDS,
};

static const char *const columns[FIELDS + 1] = {
	[USER] = "user_id",
	[NAME] = "name",
	[EMAIL] = "email",
	[ROLE] = "role",
	[LOCALE] = "locale",
};

struct fault_at {
	unsigned line, column, other_line;
	enum field field;
	const char *why, *right; /* openapi.yaml has the first */
};

struct row {
	unsigned line, column; /* of its user ID */
	bool faulty;
	char user[INPUT_USER_ID_MAX + 1];
	char name[NAME_SIZE];
	char email[INPUT_EMAIL_MAX + 1];
	const char *role, *locale;
};

struct table {
	const char *locale; /* of rows that say none */
	struct csv csv;
	struct csv_row cells;
	int cell_of[FIELDS]; /* -1: there is no such column */
	size_t width;
	bool ended; /* what follows is not read */
	size_t count, faults_count;
	struct row rows[DESK_TABLE_ROWS_MAX];
	struct fault_at faults[FAULTS_MAX];
};

/* ------------------------------------------------------------------ faults */

static void
add(struct table *t, struct fault_at fault)
{
	if (t->faults_count < FAULTS_MAX)
		t->faults[t->faults_count++] = fault;
}

static void
add_at_cell(struct table *t, const struct csv_cell *c, enum field field,
    const char *why, const char *right)
{
	add(t, (struct fault_at){ .line = c->line,
		   .column = c->column,
		   .field = field,
		   .why = why,
		   .right = right });
}

static void
add_at_line(struct table *t, unsigned line, enum field field, const char *why,
    const char *right)
{
	add(t, (struct fault_at){ .line = line,
		   .column = 1,
		   .field = field,
		   .why = why,
		   .right = right });
}

static void
end_at(struct table *t, const char *why, const char *right)
{
	t->ended = true;
	add(t, (struct fault_at){ .line = t->csv.line,
		   .column = t->csv.column,
		   .field = NO_FIELD,
		   .why = why,
		   .right = right });
}

/* --------------------------------------------------------------- first row */

static void
read_column(struct table *t, size_t at)
{
	const struct csv_cell *cell = &t->cells.cells[at];

	for (enum field f = 0; f < FIELDS; f++) {
		if (strcmp(columns[f], cell->text) != 0)
			continue;
		if (t->cell_of[f] >= 0)
			add_at_cell(t, cell, f, "twice", "one such column");
		t->cell_of[f] = (int)at;
		return;
	}
	add_at_cell(t, cell, NO_FIELD, "unknown",
	    "user_id, name, email, role or locale");
}

static void
read_header(struct table *t)
{
	enum csv_got got = csv_read(&t->csv, &t->cells);

	for (enum field f = 0; f < FIELDS; f++)
		t->cell_of[f] = -1;
	if (got != CSV_ROW) {
		end_at(t, got == CSV_END ? "empty" : "table",
		    got == CSV_END ? "a first row that names the columns"
				   : t->csv.wrong);
		return;
	}
	t->width = t->cells.count;
	for (size_t i = 0; i < t->width; i++)
		read_column(t, i);
	for (enum field f = USER; f <= EMAIL; f++)
		if (t->cell_of[f] < 0)
			add_at_line(
			    t, 1, f, "missing", "a column of this name");
	t->ended = t->faults_count > 0;
}

/* -------------------------------------------------------------------- rows */

/* Empty, if it says nothing. */
static const struct csv_cell *
cell_of(const struct table *t, enum field f)
{
	static const struct csv_cell nothing;

	return t->cell_of[f] >= 0 ? &t->cells.cells[t->cell_of[f]] : &nothing;
}

/* In plain letters, as far as they fit. */
static const char *
fold(const struct csv_cell *cell, char *out, size_t size)
{
	char text[CSV_CELL_MAX + 1];

	if (!input_fold_width(cell->text, strlen(cell->text), text) ||
	    strlen(text) >= size)
		return NULL;
	memcpy(out, text, strlen(text) + 1);
	return out;
}

/* NULL, or what is right. */
static const char *
take_text(struct row *r, enum field f, const struct csv_cell *cell)
{
	const char *text;

	switch (f) {
	case USER:
		text = fold(cell, r->user, sizeof(r->user));
		return input_user_id(text != NULL ? text : cell->text,
		    strlen(text != NULL ? text : cell->text));
	case EMAIL:
		text = fold(cell, r->email, sizeof(r->email));
		return input_email(text != NULL ? text : cell->text,
		    strlen(text != NULL ? text : cell->text));
	default:
		return unicode_nfc(cell->text, strlen(cell->text), r->name,
			   sizeof(r->name))
			   ? input_name(r->name, strlen(r->name))
			   : "must be 1 to 20 characters";
	}
}

static const char *
take_word(const struct csv_cell *cell, const char *one, const char *other,
    const char **out)
{
	char text[CSV_CELL_MAX + 1] = "";

	(void)fold(cell, text, sizeof(text));
	*out = strcmp(text, other) == 0 ? other : one;
	return strcmp(text, *out) == 0 ? NULL : "";
}

static void
take_cell(struct table *t, struct row *r, enum field f)
{
	const struct csv_cell *cell = cell_of(t, f);
	const char *right = NULL;

	if (cell->text[0] == '\0') {
		if (f > EMAIL)
			return;
		r->faulty = true;
		add_at_cell(t, cell, f, "missing", "must not be empty");
		return;
	}
	if (csv_formula(cell->text)) {
		r->faulty = true;
		add_at_cell(t, cell, f, "formula",
		    "must not begin with = + - @ or a tab");
		return;
	}
	if (f <= EMAIL)
		right = take_text(r, f, cell);
	else if (f == ROLE &&
		 take_word(cell, "general", "device", &r->role) != NULL)
		right = "must be general or device";
	else if (f == LOCALE && take_word(cell, "ja", "en", &r->locale) != NULL)
		right = "must be ja or en";
	if (right == NULL)
		return;
	r->faulty = true;
	add_at_cell(t, cell, f, "form", right);
}

/* R-ACC-3; a few hundred are compared each with each. */
static void
find_twin(struct table *t, struct row *r)
{
	for (const struct row *other = t->rows; other < r; other++) {
		if (r->user[0] == '\0' || strcmp(r->user, other->user) != 0)
			continue;
		r->faulty = true;
		add(t, (struct fault_at){ .line = r->line,
			   .column = r->column,
			   .other_line = other->line,
			   .field = USER,
			   .why = "twice",
			   .right = "must be there once" });
		return;
	}
}

static void
take_row(struct table *t)
{
	struct row *r = &t->rows[t->count];

	if (t->cells.count != t->width) {
		add_at_line(t, t->cells.line, NO_FIELD, "width",
		    "must have as many cells as the first row");
		return;
	}
	if (t->count == DESK_TABLE_ROWS_MAX) {
		add_at_line(t, t->cells.line, NO_FIELD, "too_many",
		    "must be 500 users at most; part the table");
		t->ended = true;
		return;
	}
	t->count++;
	*r = (struct row){ .line = t->cells.line,
		.column = cell_of(t, USER)->column,
		.role = "general",
		.locale = t->locale };
	for (enum field f = 0; f < FIELDS; f++)
		take_cell(t, r, f);
	find_twin(t, r);
}

static void
read_rows(struct table *t)
{
	enum csv_got got = CSV_END;

	while (!t->ended && (got = csv_read(&t->csv, &t->cells)) == CSV_ROW)
		take_row(t);
	if (t->ended)
		return;
	if (got == CSV_WRONG)
		end_at(t, "table", t->csv.wrong);
	else if (t->count == 0 && t->faults_count == 0)
		end_at(t, "empty", "must have users behind the first row");
}

/* ------------------------------------------------------------------ answer */

static int
by_place(const void *one, const void *other)
{
	const struct fault_at *a = one, *b = other;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

static void
put_row(struct buf *out, const struct row *r)
{
	json_open(out, NULL, '{');
	json_number(out, "line", r->line);
	json_text(out, "user", r->user);
	json_text(out, "name", r->name);
	json_text(out, "email", r->email);
	json_text(out, "locale", r->locale);
	json_text(out, "role", r->role);
	json_close(out, '}');
}

static void
put_fault(struct buf *out, const struct fault_at *fault)
{
	json_open(out, NULL, '{');
	json_number(out, "line", fault->line);
	json_number(out, "column", fault->column);
	if (fault->field != NO_FIELD)
		json_text(out, "field", columns[fault->field]);
	json_text(out, "why", fault->why);
	json_text(out, "right", fault->right);
	if (fault->other_line != 0)
		json_number(out, "other_line", fault->other_line);
	json_close(out, '}');
}

static enum flow_next
tell(struct flow *f, struct table *t)
{
	struct buf out;

	qsort(t->faults, t->faults_count, sizeof(t->faults[0]), by_place);
	buf_init(&out, (t->count + t->faults_count + 1) * ROW_MAX);
	json_open(&out, NULL, '{');
	json_open(&out, "rows", '[');
	for (size_t i = 0; i < t->count; i++)
		if (!t->rows[i].faulty)
			put_row(&out, &t->rows[i]);
	json_close(&out, ']');
	json_open(&out, "faults", '[');
	for (size_t i = 0; i < t->faults_count; i++)
		put_fault(&out, &t->faults[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	return visit_answer(f, &out);
}

/* ------------------------------------------------- what stands there before */

static void
mark_taken(struct table *t, const char *user_id)
{
	for (size_t i = 0; i < t->count; i++) {
		struct row *r = &t->rows[i];

		if (r->faulty || strcmp(r->user, user_id) != 0)
			continue;
		r->faulty = true;
		add(t, (struct fault_at){ .line = r->line,
			   .column = r->column,
			   .field = USER,
			   .why = "taken",
			   .right = "must be nobody's yet" });
	}
}

static void
on_taken(void *arg, enum db_rc rc, const char *user_id)
{
	struct flow *f = arg;
	struct table *t = visit_of(f)->table;

	if (user_id != NULL)
		mark_taken(t, user_id);
	else
		flow_resume(f,
		    rc == DB_OK ? tell(f, t) : problem_refuse(f, PROBLEM_DOWN));
}

/* No user ID that is good has a comma. */
static enum flow_next
ask_taken(struct flow *f, const struct table *t)
{
	struct buf names;

	buf_init(&names, sizeof(t->rows[0].user) * DESK_TABLE_ROWS_MAX);
	for (size_t i = 0; i < t->count; i++) {
		if (t->rows[i].faulty)
			continue;
		if (names.used > 0)
			buf_text(&names, ",");
		buf_text(&names, t->rows[i].user);
	}
	if (buf_ok(&names))
		f->asked =
		    people_find_taken(portal_of(f)->people, visit_of(f)->token,
			names.used > 0 ? names.at : "", on_taken, f);
	buf_free(&names);
	return FLOW_WAIT; /* without memory the engine answers */
}

enum flow_next
desk_read_table(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct table *t = arena_zero(f->arena, sizeof(*t));

	if (t == NULL) /* the engine answers */
		return FLOW_NEXT;
	v->table = t;
	t->locale = portal_of(f)->shared->config->service.locale;
	csv_open(&t->csv, v->csv.text, v->csv.len);
	read_header(t);
	read_rows(t);
	return ask_taken(f, t);
}
