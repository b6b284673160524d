#include "cli/import_file.h"

#include "base/xalloc.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/csv.h"
#include "cli/field.h"

#define FILE_MAX ((size_t)8 << 20)
#define LABEL_SIZE 96

struct reading {
	struct import_file *file;
	const struct session *session;
	struct csv csv;
	struct csv_row row;
	/* which cell of a row is which field; -1: there is none */
	int cell_of[PERSON_FIELD_COUNT];
	size_t width;	      /* cells of the header */
	const char *contract; /* of rows that name none */
};

static bool
wrong_at(unsigned line, unsigned column, const char *field, const char *why)
{
	return command_say("line %u, column %u: %s%s%s", line, column, field,
	    field[0] != '\0' ? ": " : "", why);
}

/* ------------------------------------------------------------ the header */

static bool
read_column(struct reading *r, size_t at)
{
	const struct csv_cell *cell = &r->row.cells[at];

	for (int f = 0; f < PERSON_FIELD_COUNT; f++) {
		if (strcmp(person_fields[f].column, cell->text) != 0)
			continue;
		if (r->cell_of[f] >= 0)
			return wrong_at(cell->line, cell->column,
			    person_fields[f].column, "is twice");
		r->cell_of[f] = (int)at;
		return true;
	}
	return wrong_at(cell->line, cell->column, cell->text,
	    "is no column; they are user_id, name, email, contract, role and "
	    "locale");
}

static bool
read_header(struct reading *r)
{
	bool good = true;

	if (csv_read(&r->csv, &r->row) != CSV_ROW)
		return wrong_at(r->csv.line, r->csv.column, "",
		    r->csv.wrong != NULL ? r->csv.wrong : "the file is empty");
	for (int f = 0; f < PERSON_FIELD_COUNT; f++)
		r->cell_of[f] = -1;
	r->width = r->row.count;
	for (size_t i = 0; i < r->width; i++)
		good &= read_column(r, i);
	for (int f = 0; f < PERSON_FIELD_COUNT; f++)
		if (r->cell_of[f] < 0 &&
		    (f == PERSON_USER_ID || f == PERSON_NAME ||
			f == PERSON_EMAIL ||
			(f == PERSON_CONTRACT && r->contract == NULL)))
			good = wrong_at(1, 1, person_fields[f].column,
			    f == PERSON_CONTRACT
				? "is missing; give --contract, or the column"
				: "is missing");
	return good;
}

/* -------------------------------------------------------------- the rows */

static bool
judge_formulas(struct reading *r)
{
	bool good = true;

	for (size_t i = 0; i < r->row.count; i++)
		if (csv_formula(r->row.cells[i].text))
			good = wrong_at(r->row.cells[i].line,
			    r->row.cells[i].column, r->row.cells[i].text,
			    "a cell must not begin like a formula, with "
			    "= + - @ or a tab");
	return good;
}

static const char *
standard(const struct reading *r, int field)
{
	switch (field) {
	case PERSON_CONTRACT:
		return r->contract;
	case PERSON_ROLE:
		return "general";
	case PERSON_LOCALE:
		return r->session->config->service.locale;
	default:
		return "";
	}
}

/* The labels live for the judgement only. */
static bool
judge_row(struct reading *r, struct person *p)
{
	char labels[PERSON_FIELD_COUNT][LABEL_SIZE];
	bool good = judge_formulas(r);

	*p = (struct person){ .fold = true };
	for (int f = 0; f < PERSON_FIELD_COUNT; f++) {
		const struct csv_cell *cell =
		    r->cell_of[f] >= 0 ? &r->row.cells[r->cell_of[f]] : NULL;

		/* An empty cell says nothing. */
		p->given[f] = cell != NULL && cell->text[0] != '\0'
				  ? cell->text
				  : standard(r, f);
		snprintf(labels[f], LABEL_SIZE, "line %u, column %u: %s",
		    cell != NULL ? cell->line : r->row.line,
		    cell != NULL ? cell->column : 1, person_fields[f].column);
		p->label[f] = labels[f];
	}
	good &= person_judge(p);
	memset(p->given, 0, sizeof(p->given));
	memset(p->label, 0, sizeof(p->label));
	return good;
}

static bool
read_row(struct reading *r)
{
	struct import_file *o = r->file;

	if (r->row.count != r->width)
		return wrong_at(r->row.line, 1, "",
		    "has not as many cells as the first row");
	if (o->count == IMPORT_FILE_ROWS_MAX)
		return wrong_at(r->row.line, 1, "",
		    "more than 10000 users at once; part the file");
	o->lines[o->count] = r->row.line;
	return judge_row(r, &o->people[o->count++]);
}

static bool
read_rows(struct reading *r)
{
	bool good = true;
	enum csv_got got;

	while ((got = csv_read(&r->csv, &r->row)) == CSV_ROW) {
		good &= read_row(r);
		if (r->file->count == IMPORT_FILE_ROWS_MAX && !good)
			return false;
	}
	if (got == CSV_WRONG)
		return wrong_at(r->csv.line, r->csv.column, "", r->csv.wrong);
	if (r->file->count == 0)
		return wrong_at(r->csv.line, 1, "", "there are no users in it");
	return good;
}

/* ------------------------------------------------ each user ID only once */

static bool
judge_twins(const struct import_file *o)
{
	struct hsearch_data lines = { 0 }; /* user ID -> its first line */
	bool good = true;

	if (hcreate_r(o->count * 2, &lines) == 0)
		xalloc_failed();
	for (size_t i = 0; i < o->count; i++) {
		const char *user_id = o->people[i].ready.user_id;
		ENTRY one = { (char *)user_id, &o->lines[i] }, *first;

		if (hsearch_r(one, ENTER, &first, &lines) == 0)
			xalloc_failed();
		if (first->data != &o->lines[i])
			good = command_say(
			    "line %u: user_id: %s stands in line %u too",
			    o->lines[i], user_id, *(unsigned *)first->data);
	}
	hdestroy_r(&lines);
	return good;
}

/* -------------------------------------------------------------- the file */

static bool
read_file(const char *path, char *bytes, size_t *len)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	const char *wrong = NULL;

	if (file == NULL)
		return field_ok(path, strerror(errno));
	*len = fread(bytes, 1, FILE_MAX + 1, file);
	if (ferror(file))
		wrong = strerror(errno);
	else if (*len > FILE_MAX)
		wrong = "is larger than 8 MiB; part it";
	if (file != stdin)
		fclose(file);
	return field_ok(path, wrong);
}

bool
import_file_read(
    struct import_file *o, const struct session *d, const char *path)
{
	char *bytes = xmalloc(FILE_MAX + 1);
	struct reading *r = xcalloc(1, sizeof(*r));
	size_t len = 0;
	bool good;

	o->people = xcalloc(IMPORT_FILE_ROWS_MAX, sizeof(*o->people));
	o->lines = xcalloc(IMPORT_FILE_ROWS_MAX, sizeof(*o->lines));
	o->count = 0;
	r->file = o;
	r->session = d;
	r->contract = command_value(d->line, "--contract");
	if (r->contract == NULL)
		r->contract = session_contract(d);
	good = read_file(path, bytes, &len);
	if (good) {
		csv_open(&r->csv, bytes, len);
		good = read_header(r) && read_rows(r) && judge_twins(o);
	}
	free(r);
	free(bytes);
	return good;
}

void
import_file_free(struct import_file *o)
{
	free(o->people);
	free(o->lines);
}
