#include "policy/csv.h"

#include <string.h>

#include "tests/lib/test.h"

/* The rest of the file in a form that is easy to compare. */
static enum csv_got
read_all(const char *bytes, size_t len, char *out, size_t size, struct csv *c)
{
	static struct csv_row row;
	enum csv_got got;

	out[0] = '\0';
	csv_open(c, bytes, len);
	while ((got = csv_read(c, &row)) == CSV_ROW) {
		for (size_t i = 0; i < row.count; i++) {
			strncat(out, row.cells[i].text, size - strlen(out) - 1);
			strncat(out, i + 1 < row.count ? "|" : "/",
			    size - strlen(out) - 1);
		}
	}
	return got;
}

static void
rows_and_cells_are_read(void **state)
{
	static const struct {
		const char *file, *wanted;
	} cases[] = {
		{ "", "" },
		{ "a", "a/" },
		{ "a,b\n", "a|b/" },
		{ "a,b\r\nc,d\r\n", "a|b/c|d/" },
		{ "\xef\xbb\xbf"
		  "a,b\n",
		    "a|b/" },
		{ "\"a\",\"b,c\"\n", "a|b,c/" },
		{ "\"a\"\"b\"\n", "a\"b/" },
		{ "\"a\nb\",c\n", "a\nb|c/" },
		{ "a,,\n", "a||/" },
		{ "\n", "/" },
		{ "\"\"", "/" },
		{ " a , b \n", " a | b /" },
		{ "\xe5\xb1\xb1,x\n", "\xe5\xb1\xb1|x/" },
	};
	char out[256];
	struct csv c;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(read_all(cases[i].file, strlen(cases[i].file),
				     out, sizeof(out), &c),
		    CSV_END);
		assert_string_equal(out, cases[i].wanted);
	}
}

static void
what_is_no_csv_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *file;
		size_t len;
		const char *wrong;
		unsigned line;
	} cases[] = {
		{ "a,b\n\"c", 6, "ends inside of quotes", 2 },
		{ "a\"b\n", 4, "quote inside", 1 },
		{ "a\n\"b\"c\n", 7, "behind a closing quote", 2 },
		{ "a\rb\n", 4, "CR without LF", 1 },
		{ "a,\0b\n", 5, "NUL", 1 },
		{ "a\n\xff\n", 4, "not UTF-8", 2 },
		{ "\xc0\x80\n", 3, "not UTF-8", 1 },
		{ "\xed\xa0\x80\n", 4, "not UTF-8", 1 },
		{ ",,,,,,,,,,,,,,,,\n", 17, "more than 16", 1 },
	};
	char out[256];
	struct csv c;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    read_all(cases[i].file, cases[i].len, out, sizeof(out), &c),
		    CSV_WRONG);
		assert_non_null(strstr(c.wrong, cases[i].wrong));
		assert_int_equal(c.line, cases[i].line);
	}
}

static void
I_13_a_cell_has_a_ceiling(void **state)
{
	char file[300], out[300];
	struct csv c;

	(void)state;
	memset(file, 'x', sizeof(file));
	assert_int_equal(
	    read_all(file, CSV_CELL_MAX, out, sizeof(out), &c), CSV_END);
	assert_int_equal(
	    read_all(file, CSV_CELL_MAX + 1, out, sizeof(out), &c), CSV_WRONG);
	file[0] = '"';
	file[CSV_CELL_MAX + 2] = '"';
	assert_int_equal(
	    read_all(file, CSV_CELL_MAX + 3, out, sizeof(out), &c), CSV_WRONG);
}

static void
T2_a_formula_is_known_by_its_first_character(void **state)
{
	(void)state;
	assert_true(csv_formula("=1+1"));
	assert_true(csv_formula("+1"));
	assert_true(csv_formula("-1"));
	assert_true(csv_formula("@SUM(1)"));
	assert_true(csv_formula("\t=1"));
	assert_true(csv_formula("\r=1"));
	assert_false(csv_formula(""));
	assert_false(csv_formula("a=1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_cells_are_read),
		cmocka_unit_test(what_is_no_csv_is_refused_with_its_place),
		cmocka_unit_test(I_13_a_cell_has_a_ceiling),
		cmocka_unit_test(T2_a_formula_is_known_by_its_first_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
