#include "policy/csv.h"

#include <string.h>

#include "policy/input.h"

static const char mark[] = "\xef\xbb\xbf";

void
csv_open(struct csv *c, const char *bytes, size_t len)
{
	*c = (struct csv){
		.at = bytes, .end = bytes + len, .line = 1, .column = 1
	};
	if (len >= 3 && memcmp(bytes, mark, 3) == 0)
		c->at += 3;
}

static bool
refuse(struct csv *c, const char *wrong)
{
	c->wrong = wrong;
	return false;
}

static int
look(const struct csv *c)
{
	return c->at < c->end ? (unsigned char)*c->at : -1;
}

static int
take(struct csv *c)
{
	int byte = (unsigned char)*c->at++;

	c->column++;
	if (byte == '\n') {
		c->line++;
		c->column = 1;
	}
	return byte;
}

static bool
put(struct csv *c, struct csv_cell *cell, size_t *len, int byte)
{
	if (byte == '\0')
		return refuse(c, "has a NUL in it");
	if (*len == CSV_CELL_MAX)
		return refuse(c, "is a cell of more than 256 bytes");
	cell->text[(*len)++] = (char)byte;
	cell->text[*len] = '\0';
	return true;
}

/* Behind the opening quote, to behind the closing one. */
static bool
read_quoted(struct csv *c, struct csv_cell *cell)
{
	size_t len = 0;

	for (;;) {
		int byte = look(c);

		if (byte < 0)
			return refuse(c, "ends inside of quotes");
		take(c);
		if (byte != '"') {
			if (!put(c, cell, &len, byte))
				return false;
			continue;
		}
		if (look(c) != '"')
			return true;
		take(c);
		if (!put(c, cell, &len, '"'))
			return false;
	}
}

static bool
ends_cell(int byte)
{
	return byte < 0 || byte == ',' || byte == '\n' || byte == '\r';
}

static bool
read_plain(struct csv *c, struct csv_cell *cell)
{
	size_t len = 0;

	while (!ends_cell(look(c))) {
		if (look(c) == '"')
			return refuse(
			    c, "has a quote inside of a cell without quotes");
		if (!put(c, cell, &len, look(c)))
			return false;
		take(c);
	}
	return true;
}

static bool
read_cell(struct csv *c, struct csv_cell *cell)
{
	bool read;

	cell->text[0] = '\0';
	cell->line = c->line;
	cell->column = c->column;
	if (look(c) == '"') {
		take(c);
		read = read_quoted(c, cell);
		if (read && !ends_cell(look(c)))
			return refuse(c, "goes on behind a closing quote");
	} else {
		read = read_plain(c, cell);
	}
	if (read && !input_utf8(cell->text, strlen(cell->text)))
		return refuse(c, "is not UTF-8");
	return read;
}

/* At the end of a cell: true if the row goes on with another one. */
static bool
row_goes_on(struct csv *c)
{
	if (look(c) == ',') {
		take(c);
		return true;
	}
	if (look(c) == '\r') {
		take(c);
		if (look(c) != '\n')
			return refuse(c, "has a CR without LF");
	}
	if (look(c) == '\n')
		take(c);
	return false;
}

enum csv_got
csv_read(struct csv *c, struct csv_row *row)
{
	bool more = true;

	row->count = 0;
	row->line = c->line;
	if (c->at >= c->end)
		return CSV_END;
	while (more) {
		if (row->count == CSV_COLUMNS_MAX) {
			refuse(c, "has more than 16 cells in a row");
			return CSV_WRONG;
		}
		if (!read_cell(c, &row->cells[row->count++]))
			return CSV_WRONG;
		more = row_goes_on(c);
		if (c->wrong != NULL)
			return CSV_WRONG;
	}
	return CSV_ROW;
}

bool
csv_formula(const char *text)
{
	return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}
