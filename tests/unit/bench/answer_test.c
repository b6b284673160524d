#include "bench/answer.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Feeds `text` in pieces of `step` bytes, until the answer is decided. */
static enum answer_rc
feed(struct answer *a, const char *text, size_t step)
{
	size_t len = strlen(text), room;
	enum answer_rc rc = ANSWER_MORE;

	answer_reset(a);
	for (size_t at = 0; at < len && rc == ANSWER_MORE;) {
		char *to = answer_room(a, &room);
		size_t n = len - at < step ? len - at : step;

		assert_non_null(to);
		n = n < room ? n : room;
		memcpy(to, text + at, n);
		at += n;
		rc = answer_feed(a, n);
	}
	return rc;
}

/* In one piece, and cut at every place: the result is the same. */
static void
reads(const char *text, int status, const char *expected, bool keep)
{
	struct answer a = { 0 };

	for (size_t step = 1; step <= strlen(text); step++) {
		size_t len;
		const char *body;

		if (feed(&a, text, step) != ANSWER_DONE)
			fail_msg("not understood in steps of %zu", step);
		body = answer_body(&a, &len);
		assert_int_equal(a.status, status);
		assert_int_equal(len, strlen(expected));
		assert_memory_equal(body, expected, len);
		assert_int_equal(a.keep, keep);
	}
	answer_free(&a);
}

static void
refuses(const char *text)
{
	struct answer a = { 0 };

	if (feed(&a, text, strlen(text)) != ANSWER_BAD)
		fail_msg("not refused: %s", text);
	answer_free(&a);
}

static void
a_counted_body_is_read(void **state)
{
	(void)state;
	reads("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc",
	    true);
	reads("HTTP/1.1 401 No\r\ncontent-length:0\r\n\r\n", 401, "", true);
	reads("HTTP/1.1 200\nContent-Length: 1 \n\nx", 200, "x", true);
}

static void
a_chunked_body_is_put_together(void **state)
{
	(void)state;
	reads("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	      "3\r\nabc\r\nA;ext=1\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
	    200, "abc0123456789", true);
	reads("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n"
	      "Transfer-Encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
	    200, "x", true);
}

static void
interim_answers_are_passed_over(void **state)
{
	(void)state;
	reads("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Wait\r\nX: y\r\n\r\n"
	      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
	    200, "ok", true);
}

static void
a_204_has_no_body(void **state)
{
	(void)state;
	reads("HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\n", 204, "", true);
}

static void
the_connection_is_kept_only_if_both_want_it(void **state)
{
	(void)state;
	reads("HTTP/1.1 200 OK\r\nConnection: Close\r\n"
	      "Content-Length: 0\r\n\r\n",
	    200, "", false);
	reads("HTTP/1.1 200 OK\r\nConnection: x, close\r\n"
	      "Content-Length: 0\r\n\r\n",
	    200, "", false);
	reads("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", false);
	reads("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
	      "Content-Length: 0\r\n\r\n",
	    200, "", true);
	reads("HTTP/1.1 200 OK\r\nConnection: closed\r\n"
	      "Content-Length: 0\r\n\r\n",
	    200, "", true);
}

static void
a_body_without_length_ends_with_the_connection(void **state)
{
	struct answer a = { 0 };
	size_t len;

	(void)state;
	assert_int_equal(
	    feed(&a, "HTTP/1.1 200 OK\r\n\r\nabc", 4), ANSWER_MORE);
	assert_int_equal(answer_end(&a), ANSWER_DONE);
	assert_memory_equal(answer_body(&a, &len), "abc", 3);
	assert_int_equal(len, 3);
	assert_false(a.keep);
	answer_free(&a);
}

static void
a_short_answer_is_not_complete(void **state)
{
	static const char *const cut[] = {
		"",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
		"HTTP/1.1 100 Continue\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
	};
	struct answer a = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cut); i++) {
		assert_int_equal(feed(&a, cut[i], 7), ANSWER_MORE);
		assert_int_equal(answer_end(&a), ANSWER_BAD);
	}
	answer_free(&a);
}

static void
what_is_not_http_is_refused(void **state)
{
	(void)state;
	refuses("SSH-2.0-hello\r\n\r\n");
	refuses("\r\n\r\n");
	refuses("HTTP/2.0 200 OK\r\n\r\n");
	refuses("HTTP/1.1 2x0 OK\r\n\r\n");
	refuses("HTTP/1.1 099 OK\r\n\r\n");
	refuses("HTTP/1.1 200 OK\r\nno colon\r\n\r\n");
	refuses("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
	refuses("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n");
	refuses("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n");
	refuses("HTTP/1.1 200 OK\r\n"
		"Content-Length: 99999999999999999999\r\n\r\n");
	refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n");
	refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
	refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"1\r\nabc");
}

static void
an_answer_longer_than_the_limit_has_no_room(void **state)
{
	struct answer a = { 0 };
	size_t room, sum = 0;
	char *to;

	(void)state;
	while ((to = answer_room(&a, &room)) != NULL) {
		memset(to, 'x', room);
		sum += room;
		assert_int_equal(answer_feed(&a, room), ANSWER_MORE);
	}
	assert_int_equal(sum, ANSWER_MAX);
	answer_free(&a);
}

/* Base64 of the first bytes of certs-only messages, up to certificates. */
#define DER_FORM "MIIBrgYJKoZIhvcNAQcCoIIBnzCCAZsCAQExADALBgkqhkiG9w0BBwGgggGD"
#define BER_FORM "MIAGCSqGSIb3DQEHAqCAMIACAQExADCABgkqhkiG9w0BBwEAAKCA"
/* The same with a digest algorithm in it: signed, not certs-only. */
#define SIGNED                                                                 \
	"MIIBrgYJKoZIhvcNAQcCoIIBnzCCAZsCAQExDTALBglghkgBZQMEAgEwCwYJKoZIhvcN"

static bool
certs_only(const char *text)
{
	char *exact = malloc(strlen(text) + 1);
	bool yes;

	assert_non_null(exact);
	memcpy(exact, text, strlen(text));
	yes = answer_certs_only(exact, strlen(text));
	free(exact);
	return yes;
}

static void
certs_only_messages_are_recognised(void **state)
{
	(void)state;
	assert_true(certs_only(DER_FORM));
	assert_true(certs_only(BER_FORM));
	assert_true(certs_only(" MIIB\r\nrgYJ\t"
			       "KoZIhvcNAQcCoIIBnzCCAZsCAQExADALBgkqhkiG9w0B\n"
			       "BwGgggGD\n"));
	assert_true(certs_only(DER_FORM "YWI="));
}

static void
anything_else_is_not_certs_only(void **state)
{
	char text[sizeof(DER_FORM)] = DER_FORM;

	(void)state;
	assert_false(certs_only(""));
	assert_false(certs_only("<html>no</html>"));
	assert_false(certs_only("aGVsbG8gd29ybGQ="));
	assert_false(certs_only(SIGNED));
	assert_false(certs_only(DER_FORM "-----END"));
	assert_false(certs_only(DER_FORM "YQ"));
	assert_false(certs_only(DER_FORM "YQ==YQ=="));
	assert_false(certs_only(DER_FORM "===="));
	for (size_t len = 0; len < strlen(DER_FORM) - 4; len += 4) {
		text[len] = '\0';
		assert_false(certs_only(text));
		text[len] = DER_FORM[len];
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counted_body_is_read),
		cmocka_unit_test(a_chunked_body_is_put_together),
		cmocka_unit_test(interim_answers_are_passed_over),
		cmocka_unit_test(a_204_has_no_body),
		cmocka_unit_test(the_connection_is_kept_only_if_both_want_it),
		cmocka_unit_test(
		    a_body_without_length_ends_with_the_connection),
		cmocka_unit_test(a_short_answer_is_not_complete),
		cmocka_unit_test(what_is_not_http_is_refused),
		cmocka_unit_test(an_answer_longer_than_the_limit_has_no_room),
		cmocka_unit_test(certs_only_messages_are_recognised),
		cmocka_unit_test(anything_else_is_not_certs_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
