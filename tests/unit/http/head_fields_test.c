/* The field lines: their bytes, their ends, Host, and how many and how long. */
#include "tests/lib/heads.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

static int
with_host(const char *value)
{
	char text[1024];

	snprintf(text, sizeof(text), LINE "Host: %s\r\n\r\n", value);
	return heads_status(text);
}

/* A head of exactly `len` bytes, filled up with fields of 1000. */
static int
of_size(size_t len)
{
	char text[9000];
	size_t n = (size_t)snprintf(text, sizeof(text), LINE HOST);

	while (n + 2 < len) {
		size_t left = len - 2 - n, line = left > 2000 ? 1000 : left;

		memset(text + n, 'a', line);
		text[n + 1] = ':';
		memcpy(text + n + line - 2, "\r\n", 2);
		n += line;
	}
	memcpy(text + n, "\r\n", 2);
	return heads_status_n(text, len);
}

static void
H_06_malformed_field_lines_are_refused(void **state)
{
	static const char *const bad[] = { "X : y", "X\t: y", ": y", " X: y",
		"\tX: y", "X", "X y: z", "X(: y", "X\xc3\xa4: y", "\"X\": y",
		"X: y\r\n z", "X: y\r\n\tz", "X: a\rb", "X: a\nb", "X: a\x01",
		"X: a\x7f", "X: \x1b[0m", "X\x01: a" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(heads_with_field(bad[i]), 400);
	assert_int_equal(
	    heads_status_n("GET /a HTTP/1.1\r\nX: \0\r\n", 22), 400);
	assert_int_equal(heads_status_n("GET /\0 HTTP/1.1\r\n", 17), 400);
	assert_int_equal(heads_with_field("X: a\tb"), 200);
	assert_int_equal(
	    heads_with_field("!#$%&'*+-.^_`|~09azAZ: \xc3\xa4"), 200);
}

static void
H_07_lines_end_with_cr_lf_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(heads_status("GET /a HTTP/1.1\n"), 400);
	assert_int_equal(heads_status("GET /a HTTP/1.1\r\nHost: h\n"), 400);
	assert_int_equal(heads_status(LINE HOST "\n"), 400);
	assert_int_equal(heads_status("GET /a HTTP/1.1\r\r\n"), 400);
	assert_int_equal(heads_status(LINE HOST "\r\r\n"), 400);
	assert_int_equal(heads_status(LINE HOST "\rX"), 400);
	assert_int_equal(heads_status("\r\r\n"), 400);
}

static void
H_07_EST_041_there_is_exactly_one_good_host(void **state)
{
	static const char *const bad[] = { "", "a/b", "u@h", "a b", "a,b",
		":80", "h:80:80", "h:x", "h:65536", "h:123456", "h:-1", "[::1",
		"[]", "[::1]x", "[g::1]", "h]", "[::1]:x", "h?", "h#",
		"http://h", "\xe3\x81\x82", "h%41", "<h>", "[[::1]]" };
	char name[300];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(with_host(bad[i]), 400);
	assert_int_equal(heads_status(LINE END), 400);
	assert_int_equal(heads_status(LINE HOST HOST END), 400);
	assert_int_equal(with_host("h"), 200);
	assert_int_equal(with_host("ca-1.example.com:8443"), 200);
	assert_int_equal(with_host("h:"), 200);
	assert_int_equal(with_host("h:65535"), 200);
	assert_int_equal(with_host("10.0.0.1"), 200);
	assert_int_equal(with_host("[2001:db8::1]"), 200);
	assert_int_equal(with_host("[::ffff:10.0.0.1]:8443"), 200);
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_int_equal(with_host(name), 200);
	name[255] = 'a';
	name[256] = '\0';
	assert_int_equal(with_host(name), 400);
}

static void
H_08_EST_042_a_head_of_8_KiB_is_the_largest(void **state)
{
	(void)state;
	assert_int_equal(of_size(8191), 200);
	assert_int_equal(of_size(8192), 200);
	assert_int_equal(of_size(8193), 431);
}

static void
H_08_a_line_of_8000_bytes_is_the_longest(void **state)
{
	char field[8100] = "X:";

	(void)state;
	memset(field + 2, 'a', sizeof(field) - 3);
	field[7998] = '\0';
	assert_int_equal(heads_with_field(field), 200);
	field[7998] = 'a';
	field[7999] = '\0';
	assert_int_equal(heads_with_field(field), 431);
}

static void
H_08_64_fields_are_the_most(void **state)
{
	char text[4096] = LINE HOST;
	size_t i, n = strlen(text);

	(void)state;
	for (i = 1; i < HEAD_FIELDS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "a: b\r\n");
	memcpy(text + n, "\r\n", 3);
	assert_int_equal(heads_status(text), 200);
	memcpy(text + n, "a: b\r\n", 7);
	assert_int_equal(heads_status(text), 431);
}

static void
H_20_fields_of_no_concern_are_passed_on(void **state)
{
	char cookie[4100] = "Cookie: ";

	(void)state;
	memset(cookie + 8, 'c', sizeof(cookie) - 9);
	assert_int_equal(heads_with_field(cookie), 200);
	assert_int_equal(heads_with_field("Range: bytes=0-1"), 200);
	assert_int_equal(heads_with_field("If-Match: *"), 200);
	assert_int_equal(heads_with_field("Upgrade: h2c"), 200);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(H_06_malformed_field_lines_are_refused),
		cmocka_unit_test(H_07_lines_end_with_cr_lf_and_nothing_else),
		cmocka_unit_test(H_07_EST_041_there_is_exactly_one_good_host),
		cmocka_unit_test(H_08_EST_042_a_head_of_8_KiB_is_the_largest),
		cmocka_unit_test(H_08_a_line_of_8000_bytes_is_the_longest),
		cmocka_unit_test(H_08_64_fields_are_the_most),
		cmocka_unit_test(H_20_fields_of_no_concern_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
