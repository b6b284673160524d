/* LINK: http/reader.c http/head.c http/chunked.c base/hex.c */
#include "http/reader.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#define HOST "Host: h\r\n"

static const struct head_limits limits = {
	.head = 8192, .target = 2048, .body = 100
};

static void
give(struct reader *t, const char *text)
{
	evbuffer_add(t->in, text, strlen(text));
}

static void
assert_plain(struct reader *t, const char *wanted)
{
	struct evbuffer *out = evbuffer_new();
	size_t n = strlen(wanted);

	reader_plain(t, out);
	assert_int_equal(evbuffer_get_length(out), n);
	assert_memory_equal(evbuffer_pullup(out, -1), wanted, n);
	evbuffer_free(out);
	reader_next(t);
}

static void
EST_037_one_plain_request_comes_out(void **state)
{
	struct reader t;

	(void)state;
	reader_init(&t, &limits);
	assert_int_equal(reader_read(&t), READER_IDLE);
	give(&t, "\r\n");
	assert_int_equal(reader_read(&t), READER_IDLE);
	give(&t, "POST /a?q HTTP/1.1\r\n" HOST "Transfer-Enc");
	assert_int_equal(reader_read(&t), READER_HEAD);
	give(&t, "oding: chunked\r\n\r\n");
	assert_int_equal(reader_read(&t), READER_BODY);
	give(&t, "3\r\nab");
	assert_int_equal(reader_read(&t), READER_BODY);
	give(&t, "c\r\n0\r\n\r\n");
	assert_int_equal(reader_read(&t), READER_WHOLE);
	assert_plain(
	    &t, "POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
	assert_int_equal(reader_read(&t), READER_IDLE);
	reader_clear(&t);
}

static void
H_19_the_next_request_waits_its_turn(void **state)
{
	struct reader t;
	char *query;

	(void)state;
	reader_init(&t, &limits);
	give(&t, "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nxy"
		 "GET /2?q HTTP/1.1\r\n" HOST "\r\nBAD\r\n");
	assert_int_equal(reader_read(&t), READER_WHOLE);
	assert_null(reader_query(&t));
	assert_plain(
	    &t, "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nxy");
	assert_int_equal(reader_read(&t), READER_WHOLE);
	query = reader_query(&t);
	assert_string_equal(query, "q");
	free(query);
	assert_plain(&t, "GET /2 HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(reader_read(&t), READER_REFUSED);
	assert_int_equal(t.status, 400);
	reader_clear(&t);
}

static int
refusal_of(const char *text)
{
	struct reader t;
	int status;

	reader_init(&t, &limits);
	give(&t, text);
	assert_int_equal(reader_read(&t), READER_REFUSED);
	assert_non_null(t.why);
	status = t.status;
	reader_clear(&t);
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
	struct reader t;

	(void)state;
	reader_init(&t, &limits);
	give(&t, waiting);
	assert_int_equal(reader_read(&t), READER_BODY);
	assert_true(reader_wants_continue(&t));
	reader_clear(&t);
	reader_init(&t, &limits);
	give(&t, waiting);
	give(&t, "x");
	assert_int_equal(reader_read(&t), READER_BODY);
	assert_false(reader_wants_continue(&t));
	reader_clear(&t);
}

static void
head_is_known_before_its_head_is_whole(void **state)
{
	struct reader t;

	(void)state;
	reader_init(&t, &limits);
	assert_false(reader_is_head(&t));
	give(&t, "HEAD /");
	assert_int_equal(reader_read(&t), READER_HEAD);
	assert_false(reader_is_head(&t));
	give(&t, " HTTP/1.1\r\n");
	assert_int_equal(reader_read(&t), READER_HEAD);
	assert_true(reader_is_head(&t));
	give(&t, "\n");
	assert_int_equal(reader_read(&t), READER_REFUSED);
	assert_true(reader_is_head(&t));
	reader_clear(&t);
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
