/* What a good head says, and the plain form in which it is passed on. */
#include "tests/lib/heads.h"

#include "tests/lib/test.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_part(const char *bytes, struct head_part part, const char *wanted)
{
	return part.len == strlen(wanted) &&
	       memcmp(bytes + part.at, wanted, part.len) == 0;
}

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
	assert_int_equal(heads_read(&h, text, sizeof(text) - 1), 200);
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
	assert_int_equal(heads_read(&h, text, sizeof(text) - 1), 200);
	assert_true(h.query.at > 0 && h.query.len == 0);
	assert_int_equal(
	    heads_read(&h, LINE HOST END, strlen(LINE HOST END)), 200);
	assert_int_equal(h.query.at, 0);
}

static void
every_prefix_of_a_good_head_is_incomplete(void **state)
{
	static const char text[] = SIZED "X: y\r\n" END;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(heads_status_n(text, i), 0);
	assert_int_equal(heads_status_n(text, sizeof(text) - 1), 200);
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
		assert_int_equal(heads_read(&h, text, strlen(text)), 200);
		assert_int_equal(h.wants_close, cases[i].close);
	}
	snprintf(text, sizeof(text),
	    LINE HOST "Connection: close\r\nConnection: keep-alive\r\n\r\n");
	assert_int_equal(heads_read(&h, text, strlen(text)), 200);
	assert_true(h.wants_close);
}

static void
EST_036_a_few_stray_line_ends_are_skipped(void **state)
{
	struct head h;

	(void)state;
	assert_int_equal(heads_status("\r\n" LINE HOST END), 200);
	assert_int_equal(heads_status("\r\n\r\n\r\n\r\n" LINE HOST END), 200);
	assert_int_equal(
	    heads_status("\r\n\r\n\r\n\r\n\r\n" LINE HOST END), 400);
	assert_int_equal(heads_status("\n" LINE HOST END), 400);
	assert_int_equal(heads_read(&h, "\r\n\r\n", 4), 0);
	assert_false(head_begun(&h));
	assert_int_equal(heads_read(&h, "\r\nG", 3), 0);
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
	assert_int_equal(heads_read(&h, text, sizeof(text) - 1), 200);
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
	assert_int_equal(heads_read(&h, text, sizeof(text) - 1), 200);
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
	assert_int_equal(heads_read(&h, text, n), 200);
	out = malloc(h.end + HEAD_PLAIN_EXTRA);
	assert_non_null(out);
	n_out = head_plain(&h, text, UINT64_MAX, out);
	assert_true(n_out > n && n_out <= h.end + HEAD_PLAIN_EXTRA);
	free(out);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
