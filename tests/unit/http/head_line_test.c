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
targets_that_are_neither_path_nor_url_are_400(void **state)
{
	static const char *const bad[] = { "a", "?a", "https:", "https://",
		"https:///a", "https:/h/a", "https://u@h/a", "https://h:x/a",
		"https://h b/a", "https://[::1/a", "https://h#a", "ftp://h/a",
		"://h/a", "http//h/a" };
	char line[100];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(line, sizeof(line), "GET %s HTTP/1.1", bad[i]);
		assert_int_equal(with_request_line(line), 400);
	}
}

/* RFC 9112 3.2.2: what stands behind the host is the target. */
static void
C_29_a_url_is_a_target(void **state)
{
	static const struct {
		const char *target, *path, *query; /* query: NULL, none */
	} rows[] = {
		{ "https://h/a", "/a", NULL },
		{ "HTTPS://ca.example:8443/a/b?c=d?e", "/a/b", "c=d?e" },
		{ "http://h/a", "/a", NULL },
		{ "https://[::1]:443/a", "/a", NULL },
		{ "https://h", "/", NULL },
		{ "https://h?a", "/", "a" },
		{ "https://h//a", "//a", NULL },
	};
	char text[200], plain[400];
	struct head h;
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		n = (size_t)snprintf(text, sizeof(text),
		    "GET %s HTTP/1.1\r\n" HOST END, rows[i].target);
		assert_int_equal(heads_read(&h, text, n), 200);
		assert_int_equal(h.path.len, strlen(rows[i].path));
		assert_memory_equal(text + h.path.at, rows[i].path, h.path.len);
		assert_int_equal(h.query.at != 0, rows[i].query != NULL);
		if (rows[i].query != NULL)
			assert_memory_equal(text + h.query.at, rows[i].query,
			    strlen(rows[i].query));
		n = head_plain(&h, text, 0, plain);
		plain[n] = '\0';
		snprintf(
		    text, sizeof(text), "GET %s HTTP/1.1\r\n", rows[i].path);
		assert_memory_equal(plain, text, strlen(text));
	}
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
H_12_only_http_1_1_and_1_0_are_spoken(void **state)
{
	static const char *const other[] = { "GET /a", "GET /a HTTP/1.0x",
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
	assert_int_equal(with_request_line("GET /a HTTP/1.0"), 200);
	assert_int_equal(with_request_line("PRI * HTTP/2.0"), 505);
	assert_int_equal(with_request_line("GET /a HTTP/1.1x"), 505);
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(with_request_line(bad[i]), 400);
	/* HTTP/0.9 has no empty line: the answer comes with the line's end. */
	assert_int_equal(heads_status("GET /a\r\n"), 505);
}

/* RFC 9112 6.1, 7.1; RFC 9110 10.1.1. */
static void
C_29_H_12_http_1_0_has_one_request_a_connection(void **state)
{
	static const char first[] = "POST /a HTTP/1.0\r\n";
	static const struct {
		const char *fields;
		int status;
	} rows[] = {
		{ "Content-Length: 5\r\n", 200 }, /* without Host, too */
		{ "Host: h\r\nContent-Length: 5\r\n", 200 },
		{ "Connection: keep-alive\r\nContent-Length: 5\r\n", 200 },
		{ "Expect: 100-continue\r\nContent-Length: 5\r\n", 200 },
		{ "Expect: more\r\nContent-Length: 5\r\n", 200 },
		{ "Transfer-Encoding: chunked\r\n", 400 },
		{ "Host: a\r\nHost: a\r\nContent-Length: 5\r\n", 400 },
		{ "", 411 },
	};
	char text[200];
	struct head h;
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		n = (size_t)snprintf(
		    text, sizeof(text), "%s%s\r\n", first, rows[i].fields);
		assert_int_equal(heads_read(&h, text, n), rows[i].status);
		if (rows[i].status != 200)
			continue;
		assert_true(h.wants_close);
		assert_false(h.wants_continue);
	}
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
		cmocka_unit_test(targets_that_are_neither_path_nor_url_are_400),
		cmocka_unit_test(H_11_EST_066_unknown_methods_are_501),
		cmocka_unit_test(H_12_only_http_1_1_and_1_0_are_spoken),
		cmocka_unit_test(C_29_a_url_is_a_target),
		cmocka_unit_test(
		    C_29_H_12_http_1_0_has_one_request_a_connection),
		cmocka_unit_test(H_12_a_tls_hello_is_no_request),
		cmocka_unit_test(H_21_a_proxy_line_is_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
