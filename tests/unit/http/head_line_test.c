/* The request line: method, target, version. */
#include "tests/lib/heads.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

static int
with_request_line(const char *line)
{
	char text[16384];

	snprintf(text, sizeof(text), "%s\r\n" HOST "\r\n", line);
	return heads_status(text);
}

static void
H_09_EST_042_a_target_of_2_KiB_is_the_longest(void **state)
{
	char line[9000] = "GET ";

	(void)state;
	memset(line + 4, '/', sizeof(line) - 4);
	snprintf(line + 4 + 2048, 100, " HTTP/1.1");
	assert_int_equal(with_request_line(line), 200);
	line[4 + 2048] = '/';
	/* Known before the line, or the head, has ended. */
	assert_int_equal(heads_status_n(line, 4 + 2048), 0);
	assert_int_equal(heads_status_n(line, 4 + 2049), 414);
	assert_int_equal(with_request_line(line), 414);
}

static void
H_09_strange_targets_are_passed_on_as_they_are(void **state)
{
	static const char *const targets[] = { "//", "/./", "/../", "/%2e%2e",
		"/%00", "/%2f", "/.WELL-known/est/", "/a?b=%", "/a?", "/a??",
		"/?a=/../" };
	char text[128];
	struct head h;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(targets); i++) {
		size_t n = strcspn(targets[i], "?");

		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HOST END,
		    targets[i]);
		assert_int_equal(heads_read(&h, text, strlen(text)), 200);
		assert_int_equal(h.path.len, n);
		assert_memory_equal(text + h.path.at, targets[i], n);
	}
	assert_int_equal(with_request_line("GET /a#b HTTP/1.1"), 400);
	assert_int_equal(with_request_line("GET /\xff HTTP/1.1"), 400);
}

static void
absolute_and_relative_targets_are_400(void **state)
{
	(void)state;
	assert_int_equal(with_request_line("GET http://h/a HTTP/1.1"), 400);
	assert_int_equal(with_request_line("GET https://u@h/a HTTP/1.1"), 400);
	assert_int_equal(with_request_line("GET a HTTP/1.1"), 400);
	assert_int_equal(with_request_line("GET ?a HTTP/1.1"), 400);
}

static void
H_11_EST_066_unknown_methods_are_501(void **state)
{
	static const char *const known[] = { "GET", "HEAD", "PUT", "DELETE",
		"OPTIONS", "TRACE", "PATCH" };
	char line[200];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(known); i++) {
		snprintf(line, sizeof(line), "%s /a HTTP/1.1", known[i]);
		assert_int_equal(with_request_line(line), 200);
	}
	memset(line, 'A', 100);
	snprintf(line + 100, 100, " / HTTP/1.1");
	assert_int_equal(with_request_line(line), 501);
	assert_int_equal(with_request_line("get /a HTTP/1.1"), 501);
	assert_int_equal(with_request_line("GETT /a HTTP/1.1"), 501);
	assert_int_equal(with_request_line("CONNECT h:443 HTTP/1.1"), 501);
	assert_int_equal(with_request_line("OPTIONS * HTTP/1.1"), 501);
	assert_int_equal(with_request_line("PROPFIND / HTTP/1.1"), 501);
}

static void
H_12_only_http_1_1_is_spoken(void **state)
{
	static const char *const other[] = { "GET /a", "GET /a HTTP/1.0",
		"GET /a HTTP/1.1x", "GET /a HTTP/1.2", "GET /a HTTP/1.10",
		"GET /a HTTP/9.999", "GET /a HTTP/2", "GET /a HTTP/",
		"GET /a HTTP/1.1\t", "GET /a HTTP/ 1.1", "PRI * HTTP/2.0" };
	static const char *const bad[] = { "GET", "GET ", "GET  /a HTTP/1.1",
		"GET /a  HTTP/1.1", "GET /a HTTP/1.1 ", " GET /a HTTP/1.1",
		"GET /a http/1.1", "GET /a b HTTP/1.1", "GET /a HTTQ/1.1",
		"GET\t/a HTTP/1.1", "G(T /a HTTP/1.1", "GET /a\tHTTP/1.1 x",
		"GET /a ", "GET /a\tb HTTP/1.1" };
	size_t i;
	int s;

	(void)state;
	for (i = 0; i < COUNT(other); i++) {
		s = with_request_line(other[i]);
		assert_true(s == 505 || s == 400);
	}
	assert_int_equal(with_request_line("GET /a"), 505);
	assert_int_equal(with_request_line("GET /a HTTP/1.0"), 505);
	assert_int_equal(with_request_line("PRI * HTTP/2.0"), 505);
	assert_int_equal(with_request_line("GET /a HTTP/1.1x"), 505);
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(with_request_line(bad[i]), 400);
	/* HTTP/0.9 has no empty line: the answer comes with the line's end. */
	assert_int_equal(heads_status("GET /a\r\n"), 505);
}

static void
H_12_a_tls_hello_is_no_request(void **state)
{
	(void)state;
	assert_int_equal(heads_status_n("\x16\x03\x01\x02\x00\x01", 6), 400);
}

static void
H_21_a_proxy_line_is_no_request(void **state)
{
	static const char v2[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11";

	(void)state;
	assert_int_equal(
	    heads_status("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"), 400);
	assert_int_equal(heads_status("PROXY UNKNOWN\r\n"), 505);
	assert_int_equal(heads_status_n(v2, sizeof(v2) - 1), 400);
	assert_int_equal(heads_with_field("X-Forwarded-For: 127.0.0.1"), 200);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(H_09_EST_042_a_target_of_2_KiB_is_the_longest),
		cmocka_unit_test(
		    H_09_strange_targets_are_passed_on_as_they_are),
		cmocka_unit_test(absolute_and_relative_targets_are_400),
		cmocka_unit_test(H_11_EST_066_unknown_methods_are_501),
		cmocka_unit_test(H_12_only_http_1_1_is_spoken),
		cmocka_unit_test(H_12_a_tls_hello_is_no_request),
		cmocka_unit_test(H_21_a_proxy_line_is_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
