/*
 * csv - a file of RFC 4180, cell by cell: commas, double quotes that are
 * doubled inside of quotes, lines that end with LF or CRLF; UTF-8, with or
 * without a byte order mark. Nothing is guessed: what is not that is refused
 * with its place.
 */
#ifndef POLICY_CSV_H
#define POLICY_CSV_H

#include <stdbool.h>
#include <stddef.h>

#define CSV_CELL_MAX 256 /* bytes */
#define CSV_COLUMNS_MAX 16

struct csv {
	const char *at, *end;
	unsigned line, column; /* of `at`, from 1; columns count bytes */
	const char *wrong;     /* of CSV_WRONG, at line and column */
};

struct csv_cell {
	char text[CSV_CELL_MAX + 1]; /* without quotes, ended by NUL */
	unsigned line, column;	     /* where it begins */
};

struct csv_row {
	struct csv_cell cells[CSV_COLUMNS_MAX];
	size_t count;
	unsigned line;
};

enum csv_got {
	CSV_ROW,
	CSV_END,
	CSV_WRONG,
};

/* `bytes` outlives it. */
void csv_open(struct csv *, const char *bytes, size_t len);
enum csv_got csv_read(struct csv *, struct csv_row *);

/* A spreadsheet would take it for a formula: = + - @, tab, CR (T2). */
bool csv_formula(const char *text);

#endif
