/* LINK: gate/intake.c gate/head.c gate/chunked.c */
#include "gate/intake.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#define HOST "Host: h\r\n"

static const struct head_limits limits = {
	.head = 8192, .target = 2048, .body = 100
};

static void
give(struct intake *t, const char *text)
{
	evbuffer_add(t->in, text, strlen(text));
}

static void
assert_plain(struct intake *t, const char *wanted)
{
	struct evbuffer *out = evbuffer_new();
	size_t n = strlen(wanted);

	intake_plain(t, out);
	assert_int_equal(evbuffer_get_length(out), n);
	assert_memory_equal(evbuffer_pullup(out, -1), wanted, n);
	evbuffer_free(out);
	intake_next(t);
}

static void
EST_037_one_plain_request_comes_out(void **state)
{
	struct intake t;

	(void)state;
	intake_init(&t, &limits);
	assert_int_equal(intake_read(&t), INTAKE_IDLE);
	give(&t, "\r\n");
	assert_int_equal(intake_read(&t), INTAKE_IDLE);
	give(&t, "POST /a?q HTTP/1.1\r\n" HOST "Transfer-Enc");
	assert_int_equal(intake_read(&t), INTAKE_HEAD);
	give(&t, "oding: chunked\r\n\r\n");
	assert_int_equal(intake_read(&t), INTAKE_BODY);
	give(&t, "3\r\nab");
	assert_int_equal(intake_read(&t), INTAKE_BODY);
	give(&t, "c\r\n0\r\n\r\n");
	assert_int_equal(intake_read(&t), INTAKE_WHOLE);
	assert_plain(
	    &t, "POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
	assert_int_equal(intake_read(&t), INTAKE_IDLE);
	intake_clear(&t);
}

static void
H_19_the_next_request_waits_its_turn(void **state)
{
	struct intake t;
	char *query;

	(void)state;
	intake_init(&t, &limits);
	give(&t, "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nxy"
		 "GET /2?q HTTP/1.1\r\n" HOST "\r\nBAD\r\n");
	assert_int_equal(intake_read(&t), INTAKE_WHOLE);
	assert_null(intake_query(&t));
	assert_plain(
	    &t, "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nxy");
	assert_int_equal(intake_read(&t), INTAKE_WHOLE);
	query = intake_query(&t);
	assert_string_equal(query, "q");
	free(query);
	assert_plain(&t, "GET /2 HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(intake_read(&t), INTAKE_REFUSED);
	assert_int_equal(t.status, 400);
	intake_clear(&t);
}

static int
refusal_of(const char *text)
{
	struct intake t;
	int status;

	intake_init(&t, &limits);
	give(&t, text);
	assert_int_equal(intake_read(&t), INTAKE_REFUSED);
	assert_non_null(t.why);
	status = t.status;
	intake_clear(&t);
	return status;
}

static void
EST_042_the_body_is_limited_whatever_its_coding(void **state)
{
	(void)state;
	assert_int_equal(refusal_of("POST / HTTP/1.1\r\n" HOST
				    "Content-Length: 101\r\n\r\n"),
	    413);
	assert_int_equal(refusal_of("POST / HTTP/1.1\r\n" HOST
				    "Transfer-Encoding: chunked\r\n\r\n65\r\n"),
	    413);
	assert_int_equal(refusal_of("POST / HTTP/1.1\r\n" HOST
				    "Transfer-Encoding: chunked\r\n\r\nx"),
	    400);
}

static void
EST_040_only_who_waits_wants_to_be_told(void **state)
{
	static const char waiting[] =
	    "POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
	    "Content-Length: 2\r\n\r\n";
	struct intake t;

	(void)state;
	intake_init(&t, &limits);
	give(&t, waiting);
	assert_int_equal(intake_read(&t), INTAKE_BODY);
	assert_true(intake_wants_continue(&t));
	intake_clear(&t);
	intake_init(&t, &limits);
	give(&t, waiting);
	give(&t, "x");
	assert_int_equal(intake_read(&t), INTAKE_BODY);
	assert_false(intake_wants_continue(&t));
	intake_clear(&t);
}

static void
head_is_known_before_its_head_is_whole(void **state)
{
	struct intake t;

	(void)state;
	intake_init(&t, &limits);
	assert_false(intake_is_head(&t));
	give(&t, "HEAD /");
	assert_int_equal(intake_read(&t), INTAKE_HEAD);
	assert_false(intake_is_head(&t));
	give(&t, " HTTP/1.1\r\n");
	assert_int_equal(intake_read(&t), INTAKE_HEAD);
	assert_true(intake_is_head(&t));
	give(&t, "\n");
	assert_int_equal(intake_read(&t), INTAKE_REFUSED);
	assert_true(intake_is_head(&t));
	intake_clear(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_037_one_plain_request_comes_out),
		cmocka_unit_test(H_19_the_next_request_waits_its_turn),
		cmocka_unit_test(
		    EST_042_the_body_is_limited_whatever_its_coding),
		cmocka_unit_test(EST_040_only_who_waits_wants_to_be_told),
		cmocka_unit_test(head_is_known_before_its_head_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
