#include "http/head.h"

#include "tests/lib/test.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE "GET /a HTTP/1.1\r\n"
#define HOST "Host: ca.example\r\n"
#define POST "POST /a HTTP/1.1\r\n" HOST
#define SIZED POST "Content-Length: 5\r\n"
#define END "\r\n"

static const struct head_limits limits = {
	.head = 8192, .target = 2048, .body = 65536
};

/*
 * Reads a copy of exactly these bytes, at once and then byte by byte: both
 * must say the same. Returns 200 for a whole head, 0 for an incomplete one.
 */
static int
read_all(struct head *h, const char *bytes, size_t len)
{
	char *copy = malloc(len + (len == 0));
	enum head_rc rc, piecemeal = HEAD_MORE;
	struct head again;
	size_t i;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	head_init(h);
	rc = head_read(h, &limits, copy, len);
	head_init(&again);
	for (i = 1; i <= len && piecemeal == HEAD_MORE; i++)
		piecemeal = head_read(&again, &limits, copy, i);
	free(copy);
	assert_int_equal(rc, piecemeal);
	assert_int_equal(h->status, again.status);
	assert_int_equal(h->seen, again.seen);
	if (rc == HEAD_REFUSED)
		assert_true(h->status >= 400 && strlen(h->why) > 10);
	return rc == HEAD_WHOLE ? 200 : h->status;
}

static int
status_n(const char *bytes, size_t len)
{
	struct head h;

	return read_all(&h, bytes, len);
}

static int
status_of(const char *text)
{
	return status_n(text, strlen(text));
}

/* A GET with one more field line. */
static int
with_field(const char *field)
{
	char text[16384];

	snprintf(text, sizeof(text), LINE HOST "%s\r\n\r\n", field);
	return status_of(text);
}

static int
with_length(const char *value)
{
	char text[256];

	snprintf(text, sizeof(text), POST "Content-Length: %s\r\n\r\n", value);
	return status_of(text);
}

static int
with_coding(const char *value)
{
	char text[256];

	snprintf(
	    text, sizeof(text), POST "Transfer-Encoding:%s\r\n\r\n", value);
	return status_of(text);
}

static int
with_host(const char *value)
{
	char text[1024];

	snprintf(text, sizeof(text), LINE "Host: %s\r\n\r\n", value);
	return status_of(text);
}

static int
with_request_line(const char *line)
{
	char text[16384];

	snprintf(text, sizeof(text), "%s\r\n" HOST "\r\n", line);
	return status_of(text);
}

static bool
is_part(const char *bytes, struct head_part part, const char *wanted)
{
	return part.len == strlen(wanted) &&
	       memcmp(bytes + part.at, wanted, part.len) == 0;
}

/* ------------------------------------------------------------------ good */

static void
a_good_head_is_read(void **state)
{
	static const char text[] = "POST /x/y?a=b?c HTTP/1.1\r\n"
				   "host: [::1]:8443\r\n"
				   "X-Empty:\r\n"
				   "X-Spaced: \t a  b\t \r\n"
				   "Content-Length: 65536\r\n"
				   "\r\nbody";
	struct head h;

	(void)state;
	assert_int_equal(read_all(&h, text, sizeof(text) - 1), 200);
	assert_int_equal(h.end, sizeof(text) - 5);
	assert_true(head_is(&h, text, "POST"));
	assert_false(head_is(&h, text, "POS"));
	assert_true(is_part(text, h.path, "/x/y"));
	assert_true(is_part(text, h.query, "a=b?c"));
	assert_int_equal(h.framing, HEAD_BODY_SIZED);
	assert_int_equal(h.length, 65536);
	assert_int_equal(h.n_fields, 3);
	assert_true(is_part(text, h.fields[1].name, "X-Empty"));
	assert_true(is_part(text, h.fields[1].value, ""));
	assert_true(is_part(text, h.fields[2].value, "a  b"));
	assert_false(h.wants_close);
	assert_false(h.wants_continue);
}

static void
a_question_mark_alone_is_an_empty_query(void **state)
{
	static const char text[] = "GET /x? HTTP/1.1\r\n" HOST END;
	struct head h;

	(void)state;
	assert_int_equal(read_all(&h, text, sizeof(text) - 1), 200);
	assert_true(h.query.at > 0 && h.query.len == 0);
	assert_int_equal(
	    read_all(&h, LINE HOST END, strlen(LINE HOST END)), 200);
	assert_int_equal(h.query.at, 0);
}

static void
every_prefix_of_a_good_head_is_incomplete(void **state)
{
	static const char text[] = SIZED "X: y\r\n" END;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(status_n(text, i), 0);
	assert_int_equal(status_n(text, sizeof(text) - 1), 200);
}

static void
EST_035_connection_close_is_found_in_lists(void **state)
{
	static const struct {
		const char *value;
		bool close;
	} cases[] = {
		{ "close", true },
		{ "Close", true },
		{ "keep-alive, CLOSE", true },
		{ " ,close ,TE", true },
		{ "keep-alive", false },
		{ "closed", false },
		{ "not-close", false },
		{ "", false },
		{ ",,", false },
	};
	char text[256];
	struct head h;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), LINE HOST "Connection: %s\r\n\r\n",
		    cases[i].value);
		assert_int_equal(read_all(&h, text, strlen(text)), 200);
		assert_int_equal(h.wants_close, cases[i].close);
	}
	snprintf(text, sizeof(text),
	    LINE HOST "Connection: close\r\nConnection: keep-alive\r\n\r\n");
	assert_int_equal(read_all(&h, text, strlen(text)), 200);
	assert_true(h.wants_close);
}

static void
EST_036_a_few_stray_line_ends_are_skipped(void **state)
{
	struct head h;

	(void)state;
	assert_int_equal(status_of("\r\n" LINE HOST END), 200);
	assert_int_equal(status_of("\r\n\r\n\r\n\r\n" LINE HOST END), 200);
	assert_int_equal(status_of("\r\n\r\n\r\n\r\n\r\n" LINE HOST END), 400);
	assert_int_equal(status_of("\n" LINE HOST END), 400);
	assert_int_equal(read_all(&h, "\r\n\r\n", 4), 0);
	assert_false(head_begun(&h));
	assert_int_equal(read_all(&h, "\r\nG", 3), 0);
	assert_true(head_begun(&h));
}

static void
EST_037_the_plain_head_is_one_request_with_a_length(void **state)
{
	static const char text[] = "\r\nPOST /a?b HTTP/1.1\r\n"
				   "Host:h\r\n"
				   "TRANSFER-ENCODING: Chunked\r\n"
				   "Trailer: X\r\n"
				   "Expect: 100-Continue\r\n"
				   "X-Empty:\r\n"
				   "X:  y \r\n\r\n";
	static const char plain[] = "POST /a HTTP/1.1\r\n"
				    "Host: h\r\n"
				    "X-Empty: \r\n"
				    "X: y\r\n"
				    "Content-Length: 12345\r\n\r\n";
	char out[sizeof(text) + HEAD_PLAIN_EXTRA];
	struct head h;

	(void)state;
	assert_int_equal(read_all(&h, text, sizeof(text) - 1), 200);
	assert_int_equal(h.framing, HEAD_BODY_CHUNKED);
	assert_true(h.wants_continue);
	assert_int_equal(head_plain(&h, text, 12345, out), sizeof(plain) - 1);
	assert_memory_equal(out, plain, sizeof(plain) - 1);
}

static void
a_request_without_body_gets_no_length(void **state)
{
	static const char text[] = LINE HOST END;
	char out[sizeof(text) + HEAD_PLAIN_EXTRA];
	struct head h;

	(void)state;
	assert_int_equal(read_all(&h, text, sizeof(text) - 1), 200);
	assert_int_equal(h.framing, HEAD_NO_BODY);
	assert_int_equal(head_plain(&h, text, 0, out), sizeof(text) - 1);
	assert_memory_equal(out, text, sizeof(text) - 1);
}

/* The tightest fields there are: each grows by one space. */
static void
the_plain_head_fits_its_room(void **state)
{
	char text[2048], *out;
	size_t n, i, n_out;
	struct head h;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text),
	    "POST /a HTTP/1.1\r\nHost:h\r\nContent-Length:65536\r\n");
	for (i = 2; i < HEAD_FIELDS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "a:\r\n");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
	assert_int_equal(read_all(&h, text, n), 200);
	out = malloc(h.end + HEAD_PLAIN_EXTRA);
	assert_non_null(out);
	n_out = head_plain(&h, text, UINT64_MAX, out);
	assert_true(n_out > n && n_out <= h.end + HEAD_PLAIN_EXTRA);
	free(out);
}

/* --------------------------------------------------------------- framing */

static void
H_01_length_and_transfer_coding_exclude_each_other(void **state)
{
	(void)state;
	assert_int_equal(
	    status_of(SIZED "Transfer-Encoding: chunked\r\n" END), 400);
	assert_int_equal(status_of(POST "Transfer-Encoding: chunked\r\n"
					"content-length: 0\r\n" END),
	    400);
	assert_int_equal(
	    status_of(SIZED "Transfer-Encoding: identity\r\n" END), 400);
}

static void
H_02_two_lengths_are_refused_even_if_equal(void **state)
{
	(void)state;
	assert_int_equal(status_of(SIZED "Content-Length: 6\r\n" END), 400);
	assert_int_equal(status_of(SIZED "Content-Length: 5\r\n" END), 400);
	assert_int_equal(status_of(SIZED "content-LENGTH: 5\r\n" END), 400);
}

static void
H_03_a_length_is_one_to_ten_digits(void **state)
{
	static const char *const bad[] = { "+5", "-1", "0x10", "5 5", "5,5",
		"18446744073709551616", "9223372036854775807", "",
		"1111111111111111111111111111111111111111", "5\t5", "5.0", "5;",
		"00000000005", "\"5\"", "5,", "a" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(with_length(bad[i]), 400);
	assert_int_equal(with_length("5"), 200);
	assert_int_equal(with_length(" 5 "), 200);
	assert_int_equal(with_length("0000000005"), 200);
	assert_int_equal(with_length("0"), 200);
	assert_int_equal(with_length("9999999999"), 413);
}

static void
H_05_only_one_plain_chunked_is_a_transfer_coding(void **state)
{
	static const char *const bad[] = { " xchunked", " chunked, chunked",
		" identity", "\tchunked", " \tchunked", " chunked\t",
		"\vchunked", " gzip, chunked", " chunked;q=1", " \"chunked\"",
		" chunke", " chunkedd", "", " ,chunked", " chunked," };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_true(
		    with_coding(bad[i]) == 400 || with_coding(bad[i]) == 501);
	assert_int_equal(with_coding(" gzip"), 501);
	assert_int_equal(with_coding("\tchunked"), 400);
	assert_int_equal(with_coding(" chunked"), 200);
	assert_int_equal(with_coding("CHUNKED "), 200);
	assert_int_equal(status_of(POST "Transfer-Encoding: chunked\r\n"
					"Transfer-Encoding: chunked\r\n" END),
	    400);
}

static void
EST_038_doubtful_framing_is_never_guessed(void **state)
{
	(void)state;
	assert_int_equal(status_of(POST "Content-Length : 5\r\n" END), 400);
	assert_int_equal(status_of(POST "Content-Length\t: 5\r\n" END), 400);
	assert_int_equal(status_of(POST "Content_Length: 5\r\n" END), 411);
	assert_int_equal(status_of(POST " Content-Length: 5\r\n" END), 400);
}

static void
EST_039_a_post_without_length_is_411(void **state)
{
	(void)state;
	assert_int_equal(status_of(POST END), 411);
	assert_int_equal(status_of(LINE HOST END), 200);
	assert_int_equal(with_request_line("DELETE /a HTTP/1.1"), 200);
}

static void
EST_040_other_expectations_are_417(void **state)
{
	(void)state;
	assert_int_equal(status_of(SIZED "Expect: 100-continue\r\n" END), 200);
	assert_int_equal(status_of(SIZED "Expect: x\r\n" END), 417);
	assert_int_equal(status_of(SIZED "Expect:\r\n" END), 417);
	assert_int_equal(
	    status_of(SIZED "Expect: 100-continue, x\r\n" END), 417);
	assert_int_equal(status_of(SIZED "Expect: 100-continue\r\n"
					 "Expect: x\r\n" END),
	    417);
}

/* ----------------------------------------------------------------- bytes */

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
		assert_int_equal(with_field(bad[i]), 400);
	assert_int_equal(status_n("GET /a HTTP/1.1\r\nX: \0\r\n", 22), 400);
	assert_int_equal(status_n("GET /\0 HTTP/1.1\r\n", 17), 400);
	assert_int_equal(with_field("X: a\tb"), 200);
	assert_int_equal(with_field("!#$%&'*+-.^_`|~09azAZ: \xc3\xa4"), 200);
}

static void
H_07_lines_end_with_cr_lf_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(status_of("GET /a HTTP/1.1\n"), 400);
	assert_int_equal(status_of("GET /a HTTP/1.1\r\nHost: h\n"), 400);
	assert_int_equal(status_of(LINE HOST "\n"), 400);
	assert_int_equal(status_of("GET /a HTTP/1.1\r\r\n"), 400);
	assert_int_equal(status_of(LINE HOST "\r\r\n"), 400);
	assert_int_equal(status_of(LINE HOST "\rX"), 400);
	assert_int_equal(status_of("\r\r\n"), 400);
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
	assert_int_equal(status_of(LINE END), 400);
	assert_int_equal(status_of(LINE HOST HOST END), 400);
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

/* ----------------------------------------------------------------- sizes */

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
	return status_n(text, len);
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
	assert_int_equal(with_field(field), 200);
	field[7998] = 'a';
	field[7999] = '\0';
	assert_int_equal(with_field(field), 431);
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
	assert_int_equal(status_of(text), 200);
	memcpy(text + n, "a: b\r\n", 7);
	assert_int_equal(status_of(text), 431);
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
	assert_int_equal(status_n(line, 4 + 2048), 0);
	assert_int_equal(status_n(line, 4 + 2049), 414);
	assert_int_equal(with_request_line(line), 414);
}

/* ---------------------------------------------------------- request line */

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
		assert_int_equal(read_all(&h, text, strlen(text)), 200);
		assert_int_equal(h.path.len, n);
		assert_memory_equal(text + h.path.at, targets[i], n);
	}
	assert_int_equal(with_request_line("GET /a#b HTTP/1.1"), 400);
	assert_int_equal(with_request_line("GET /\xff HTTP/1.1"), 400);
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
absolute_and_relative_targets_are_400(void **state)
{
	(void)state;
	assert_int_equal(with_request_line("GET http://h/a HTTP/1.1"), 400);
	assert_int_equal(with_request_line("GET https://u@h/a HTTP/1.1"), 400);
	assert_int_equal(with_request_line("GET a HTTP/1.1"), 400);
	assert_int_equal(with_request_line("GET ?a HTTP/1.1"), 400);
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
	assert_int_equal(status_of("GET /a\r\n"), 505);
}

static void
H_12_a_tls_hello_is_no_request(void **state)
{
	(void)state;
	assert_int_equal(status_n("\x16\x03\x01\x02\x00\x01", 6), 400);
}

static void
H_13_an_empty_body_is_a_body(void **state)
{
	struct head h;
	static const char text[] = POST "Content-Length: 0\r\n" END;

	(void)state;
	assert_int_equal(read_all(&h, text, sizeof(text) - 1), 200);
	assert_int_equal(h.framing, HEAD_BODY_SIZED);
	assert_int_equal(h.length, 0);
}

static void
H_14_EST_042_a_body_over_the_limit_is_413(void **state)
{
	(void)state;
	assert_int_equal(with_length("65536"), 200);
	assert_int_equal(with_length("65537"), 413);
	assert_int_equal(with_length("1073741824"), 413);
}

static void
H_16_content_codings_are_415(void **state)
{
	(void)state;
	assert_int_equal(
	    status_of(SIZED "Content-Encoding: gzip\r\n" END), 415);
	assert_int_equal(
	    status_of(SIZED "Content-Encoding: identity, gzip\r\n" END), 415);
	assert_int_equal(
	    status_of(SIZED "Content-Encoding: Identity\r\n" END), 200);
	assert_int_equal(status_of(SIZED "Content-Encoding: identity\r\n"
					 "Content-Encoding: br\r\n" END),
	    415);
	assert_int_equal(status_of(SIZED "Accept-Encoding: gzip\r\n" END), 200);
}

static void
H_20_fields_of_no_concern_are_passed_on(void **state)
{
	char cookie[4100] = "Cookie: ";

	(void)state;
	memset(cookie + 8, 'c', sizeof(cookie) - 9);
	assert_int_equal(with_field(cookie), 200);
	assert_int_equal(with_field("Range: bytes=0-1"), 200);
	assert_int_equal(with_field("If-Match: *"), 200);
	assert_int_equal(with_field("Upgrade: h2c"), 200);
}

static void
H_21_a_proxy_line_is_no_request(void **state)
{
	static const char v2[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11";

	(void)state;
	assert_int_equal(status_of("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"), 400);
	assert_int_equal(status_of("PROXY UNKNOWN\r\n"), 505);
	assert_int_equal(status_n(v2, sizeof(v2) - 1), 400);
	assert_int_equal(with_field("X-Forwarded-For: 127.0.0.1"), 200);
}

static void
doubtful_framing_comes_before_other_refusals(void **state)
{
	(void)state;
	assert_int_equal(status_of(LINE "Expect: x\r\n" END), 400);
	assert_int_equal(status_of(POST "Transfer-Encoding: chunked\r\n"
					"Content-Length: 99999999\r\n" END),
	    400);
	assert_int_equal(status_of(POST "Content-Length: 99999999\r\n"
					"Expect: x\r\n" END),
	    413);
}

/* ------------------------------------------------------------------ fuzz */

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint32_t
random_below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static size_t
mutate(char *text, size_t len, size_t room)
{
	static const char spice[] = "\r\n\0 \t:,;/?*#%[]@0Hh\x7f\x80\xff";
	uint32_t n = 1 + random_below(4);

	while (n-- > 0) {
		size_t at = random_below((uint32_t)len);
		size_t run = 1 + random_below(8);
		char ch = spice[random_below(sizeof(spice) - 1)];

		switch (random_below(4)) {
		case 0:
			text[at] = ch;
			break;
		case 1: /* drop */
			if (run < len - at && len > 16) {
				memmove(
				    text + at, text + at + run, len - at - run);
				len -= run;
			}
			break;
		case 2: /* repeat */
			if (len + run <= room && at + run <= len) {
				memmove(text + at + run, text + at, len - at);
				len += run;
			}
			break;
		default: /* insert */
			if (len < room) {
				memmove(text + at + 1, text + at, len - at);
				text[at] = ch;
				len++;
			}
		}
	}
	return len;
}

/* What a whole head must be, however it came about. */
static void
check_whole(const struct head *h, const char *bytes, size_t len)
{
	char *plain = malloc(h->end + HEAD_PLAIN_EXTRA);
	struct head again;
	size_t n;

	assert_non_null(plain);
	assert_true(h->end <= len && h->end <= 8192 + 2 * HEAD_STRAY_MAX);
	assert_memory_equal(bytes + h->end - 4, "\r\n\r\n", 4);
	assert_true(h->n_length + h->n_coding <= 1 && h->n_host == 1);
	assert_true(h->length <= limits.body);
	n = head_plain(h, bytes, h->length, plain);
	assert_true(n <= h->end + HEAD_PLAIN_EXTRA);
	/* The plain form says the same, and is its own plain form. */
	head_init(&again);
	assert_int_equal(head_read(&again, &limits, plain, n), HEAD_WHOLE);
	assert_int_equal(again.end, n);
	assert_int_equal(again.path.len, h->path.len);
	assert_int_equal(again.n_coding, 0);
	assert_int_equal(again.length, h->length);
	free(plain);
}

static void
two_hundred_thousand_mutated_heads_do_no_harm(void **state)
{
	static const char *const seeds[] = {
		"GET /.well-known/est/cacerts HTTP/1.1\r\nHost: h:1\r\n\r\n",
		"\r\nPOST /a?b=c HTTP/1.1\r\nHost: [::1]\r\nExpect: "
		"100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n"
		"Connection: keep-alive, close\r\nX:\r\n\r\n12345",
	};
	size_t i, n_whole = 0, n_refused = 0;
	enum {
		ROOM = 256
	};
	struct head h;

	(void)state;
	for (i = 0; i < 200000; i++) {
		const char *from = seeds[i % 3];
		size_t len = strlen(from), half;
		char text[ROOM], *exact;
		enum head_rc rc;

		memcpy(text, from, len);
		len = mutate(text, len, ROOM);
		exact = malloc(len); /* so that one byte over is seen */
		assert_non_null(exact);
		memcpy(exact, text, len);
		half = random_below((uint32_t)len + 1);
		head_init(&h);
		rc = head_read(&h, &limits, exact, half);
		if (rc == HEAD_MORE)
			rc = head_read(&h, &limits, exact, len);
		if (rc == HEAD_WHOLE)
			check_whole(&h, exact, len);
		n_whole += rc == HEAD_WHOLE;
		n_refused += rc == HEAD_REFUSED;
		free(exact);
	}
	/* The mill grinds: both outcomes are common. */
	assert_true(n_whole > 10000 && n_refused > 10000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_head_is_read),
		cmocka_unit_test(a_question_mark_alone_is_an_empty_query),
		cmocka_unit_test(every_prefix_of_a_good_head_is_incomplete),
		cmocka_unit_test(EST_035_connection_close_is_found_in_lists),
		cmocka_unit_test(EST_036_a_few_stray_line_ends_are_skipped),
		cmocka_unit_test(
		    EST_037_the_plain_head_is_one_request_with_a_length),
		cmocka_unit_test(a_request_without_body_gets_no_length),
		cmocka_unit_test(the_plain_head_fits_its_room),
		cmocka_unit_test(
		    H_01_length_and_transfer_coding_exclude_each_other),
		cmocka_unit_test(H_02_two_lengths_are_refused_even_if_equal),
		cmocka_unit_test(H_03_a_length_is_one_to_ten_digits),
		cmocka_unit_test(
		    H_05_only_one_plain_chunked_is_a_transfer_coding),
		cmocka_unit_test(EST_038_doubtful_framing_is_never_guessed),
		cmocka_unit_test(EST_039_a_post_without_length_is_411),
		cmocka_unit_test(EST_040_other_expectations_are_417),
		cmocka_unit_test(H_06_malformed_field_lines_are_refused),
		cmocka_unit_test(H_07_lines_end_with_cr_lf_and_nothing_else),
		cmocka_unit_test(H_07_EST_041_there_is_exactly_one_good_host),
		cmocka_unit_test(H_08_EST_042_a_head_of_8_KiB_is_the_largest),
		cmocka_unit_test(H_08_a_line_of_8000_bytes_is_the_longest),
		cmocka_unit_test(H_08_64_fields_are_the_most),
		cmocka_unit_test(H_09_EST_042_a_target_of_2_KiB_is_the_longest),
		cmocka_unit_test(
		    H_09_strange_targets_are_passed_on_as_they_are),
		cmocka_unit_test(H_11_EST_066_unknown_methods_are_501),
		cmocka_unit_test(absolute_and_relative_targets_are_400),
		cmocka_unit_test(H_12_only_http_1_1_is_spoken),
		cmocka_unit_test(H_12_a_tls_hello_is_no_request),
		cmocka_unit_test(H_13_an_empty_body_is_a_body),
		cmocka_unit_test(H_14_EST_042_a_body_over_the_limit_is_413),
		cmocka_unit_test(H_16_content_codings_are_415),
		cmocka_unit_test(H_20_fields_of_no_concern_are_passed_on),
		cmocka_unit_test(H_21_a_proxy_line_is_no_request),
		cmocka_unit_test(doubtful_framing_comes_before_other_refusals),
		cmocka_unit_test(two_hundred_thousand_mutated_heads_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
