#include "http/reader.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "Host: h\r\n"

static const struct head_limits limits = {
	.head = 8192, .target = 2048, .body = 100
};

/* Goes on with what was left of `given` and with this; the rest is left. */
static char given[4096];

static enum reader_rc
give(struct reader *t, const char *text)
{
	enum reader_rc rc;
	size_t used;

	assert_true(strlen(given) + strlen(text) < sizeof(given));
	memcpy(given + strlen(given), text, strlen(text) + 1);
	rc = reader_read(t, given, strlen(given), &used);
	memmove(given, given + used, strlen(given + used) + 1);
	return rc;
}

static void
begin(struct reader *t)
{
	reader_init(t, &limits);
	given[0] = '\0';
}

static void
assert_plain(struct reader *t, const char *wanted)
{
	char *out = malloc(reader_plain_room(t));
	size_t n = strlen(wanted);

	assert_non_null(out);
	assert_int_equal(reader_plain(t, out), n);
	assert_memory_equal(out, wanted, n);
	free(out);
	reader_clear(t);
}

static void
EST_037_one_plain_request_comes_out(void **state)
{
	struct reader t;

	(void)state;
	begin(&t);
	assert_int_equal(give(&t, ""), READER_IDLE);
	assert_int_equal(give(&t, "\r\n"), READER_IDLE);
	assert_int_equal(give(&t, "POST /a?q HTTP/1.1\r\n" HOST "Transfer-Enc"),
	    READER_HEAD);
	assert_int_equal(give(&t, "oding: chunked\r\n\r\n"), READER_BODY);
	assert_int_equal(give(&t, "3\r\nab"), READER_BODY);
	assert_int_equal(give(&t, "c\r\n0\r\n\r\n"), READER_WHOLE);
	assert_plain(
	    &t, "POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
	assert_int_equal(give(&t, ""), READER_IDLE);
	reader_clear(&t);
}

static void
H_19_the_next_request_waits_its_turn(void **state)
{
	struct reader t;
	char *query;

	(void)state;
	begin(&t);
	assert_int_equal(
	    give(&t, "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nxy"
		     "GET /2?q HTTP/1.1\r\n" HOST "\r\nBAD\r\n"),
	    READER_WHOLE);
	assert_true(reader_query(&t, &query));
	assert_null(query);
	assert_plain(
	    &t, "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nxy");
	assert_int_equal(give(&t, ""), READER_WHOLE);
	assert_true(reader_query(&t, &query));
	assert_string_equal(query, "q");
	free(query);
	assert_plain(&t, "GET /2 HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(give(&t, ""), READER_REFUSED);
	assert_int_equal(t.status, 400);
	reader_clear(&t);
}

static int
refusal_of(const char *text)
{
	struct reader t;
	int status;

	begin(&t);
	assert_int_equal(give(&t, text), READER_REFUSED);
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
	begin(&t);
	assert_int_equal(give(&t, waiting), READER_BODY);
	assert_true(reader_wants_continue(&t));
	reader_clear(&t);
	begin(&t);
	give(&t, waiting);
	assert_int_equal(give(&t, "x"), READER_BODY);
	assert_false(reader_wants_continue(&t));
	reader_clear(&t);
}

static void
head_is_known_before_its_head_is_whole(void **state)
{
	struct reader t;

	(void)state;
	begin(&t);
	assert_false(reader_is_head(&t));
	assert_int_equal(give(&t, "HEAD /"), READER_HEAD);
	assert_false(reader_is_head(&t));
	assert_int_equal(give(&t, " HTTP/1.1\r\n"), READER_HEAD);
	assert_true(reader_is_head(&t));
	assert_int_equal(give(&t, "\n"), READER_REFUSED);
	assert_true(reader_is_head(&t));
	reader_clear(&t);
}

static void
who_is_refused_has_said_in_which_language(void **state)
{
	struct reader t;
	char value[8];

	(void)state;
	begin(&t);
	assert_false(reader_field(&t, "A", value, sizeof(value)));
	give(&t, "POST / HTTP/1.1\r\n" HOST "A-L: en\r\nA-L: ja\r\n");
	assert_true(reader_field(&t, "a-l", value, sizeof(value)));
	assert_string_equal(value, "en");
	assert_int_equal(
	    give(&t, "A: 12345678\r\nno field\r\n"), READER_REFUSED);
	assert_true(reader_field(&t, "A-L", value, sizeof(value)));
	assert_string_equal(value, "en");
	assert_true(reader_field(&t, "A", value, sizeof(value)));
	assert_string_equal(value, "1234567");
	assert_false(reader_field(&t, "A-", value, sizeof(value)));
	reader_clear(&t);
}

/* A stranger says in which pieces bytes come. */
static void
however_a_request_is_cut_it_is_the_same(void **state)
{
	static const struct {
		const char *text, *plain;
	} rows[] = {
		{ "\r\nGET /a?q HTTP/1.1\r\n" HOST "X:  y \r\n\r\n",
		    "GET /a HTTP/1.1\r\n" HOST "X: y\r\n\r\n" },
		{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcde",
		    "POST / HTTP/1.1\r\n" HOST
		    "Content-Length: 5\r\n\r\nabcde" },
		{ "POST / HTTP/1.1\r\n" HOST
		  "Transfer-Encoding: chunked\r\n\r\n"
		  "2;x=y\r\nab\r\n03\r\ncde\r\n0\r\nT: x\r\n\r\n",
		    "POST / HTTP/1.1\r\n" HOST
		    "Content-Length: 5\r\n\r\nabcde" },
	};
	char first[256], second[256], byte[2] = "";
	struct reader t;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].text);

		for (size_t cut = 0; cut < len; cut++) {
			snprintf(first, sizeof(first), "%.*s", (int)cut,
			    rows[i].text);
			snprintf(second, sizeof(second), "%s%s",
			    rows[i].text + cut, "GET /next");
			begin(&t);
			assert_true(give(&t, first) < READER_WHOLE);
			assert_int_equal(give(&t, second), READER_WHOLE);
			assert_plain(&t, rows[i].plain);
			assert_string_equal(given, "GET /next");
			reader_clear(&t);
		}
		begin(&t);
		for (size_t at = 0; at < len; at++) {
			byte[0] = rows[i].text[at];
			assert_int_equal(
			    give(&t, byte) == READER_WHOLE, at + 1 == len);
			assert_string_equal(given, "");
		}
		assert_plain(&t, rows[i].plain);
		reader_clear(&t);
	}
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
		cmocka_unit_test(however_a_request_is_cut_it_is_the_same),
		cmocka_unit_test(head_is_known_before_its_head_is_whole),
		cmocka_unit_test(who_is_refused_has_said_in_which_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
