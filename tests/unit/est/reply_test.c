/* LINK: est/reply.c http/writer.c base/b64.c tests/lib/fake_clock.c tests/lib/fake_gate.c tests/lib/request.c */
#include "est/reply.h"

#include "tests/lib/fake_gate.h"
#include "tests/lib/request.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

static struct config config;
static struct front_shared shared = { .config = &config };
static struct front front = { .shared = &shared };

static int
set_up(void **state)
{
	(void)state;
	config = (struct config){ .path = NULL };
	return 0;
}

static void
send_to(struct flow f, htp_method method, char *path)
{
	f.front = &front;
	f.request = request_new(method, path);
	fake_gate_reset();
	reply_send(&f);
	assert_int_equal(fake_gate.replies, 1);
	request_free(f.request);
}

static void
refuse(struct flow f)
{
	static char path[] = "/.well-known/est/simpleenroll";

	send_to(f, htp_method_POST, path);
}

/* est-conformance 2.3. An empty text is an empty body, NULL any. */
static const struct row {
	enum fail fail;
	int status;
	const char *field, *value; /* beside those of each row */
	bool empty;
	bool closes;
} rows[] = {
	{ FAIL_NO_PATH, 404, NULL, NULL, false, false },
	{ FAIL_METHOD, 405, "Allow", "POST", false, false },
	{ FAIL_MEDIA_TYPE, 415, "Accept", "application/pkcs10", false, false },
	{ FAIL_ASK, 401, "WWW-Authenticate",
	    "Basic realm=\"EST\", charset=\"UTF-8\"", true, true },
	{ FAIL_CODE_MAILED, 401, "WWW-Authenticate",
	    "Basic realm=\"EST\", charset=\"UTF-8\"", false, true },
	{ FAIL_AUTHENTICATION, 401, "WWW-Authenticate",
	    "Basic realm=\"EST\", charset=\"UTF-8\"", false, true },
	{ FAIL_AUTHORIZATION_HEADER, 400, NULL, NULL, false, false },
	{ FAIL_REQUEST, 400, NULL, NULL, false, false },
	{ FAIL_BINDING, 400, NULL, NULL, false, false },
	{ FAIL_TEMPORARY, 403, NULL, NULL, false, false },
	{ FAIL_PROFILE, 403, NULL, NULL, false, false },
	{ FAIL_NO_CERTIFICATE, 403, NULL, NULL, false, false },
	{ FAIL_FOREIGN, 403, NULL, NULL, false, false },
	{ FAIL_REVOKED, 403, NULL, NULL, false, false },
	{ FAIL_EXPIRED, 403, NULL, NULL, false, false },
	{ FAIL_WINDOW, 403, NULL, NULL, false, false },
	{ FAIL_NAME_CHANGE, 403, NULL, NULL, false, false },
	{ FAIL_KEY_TAKEN, 400, NULL, NULL, false, false },
	{ FAIL_PENDING, 202, "Retry-After", "1", true, false },
	{ FAIL_THROTTLED, 429, "Retry-After", "33", false, false },
	{ FAIL_BUSY, 429, "Retry-After", "1", false, false },
	{ FAIL_FULL, 503, "Retry-After", "60", false, true },
	{ FAIL_UNAVAILABLE, 503, "Retry-After", "60", false, true },
	{ FAIL_DEADLINE, 503, "Retry-After", "60", false, true },
	{ FAIL_INTERNAL, 500, NULL, NULL, false, true },
};

static struct flow
flow_of(enum fail fail)
{
	return (struct flow){ .fail = fail,
		.why = "The reason.",
		.retry_s = 33,
		.route = {
		    .operation = OPERATION_SIMPLEENROLL, .allow = "POST" } };
}

static void
EST_210_each_refusal_has_its_status(void **state)
{
	(void)state;
	assert_int_equal(COUNT(rows), FAIL_INTERNAL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];

		assert_int_equal(row->fail, i + 1);
		refuse(flow_of(row->fail));
		assert_int_equal(fake_gate.status, row->status);
		assert_int_equal(reply_status(row->fail), row->status);
		assert_non_null(reply_word(row->fail));
		assert_string_equal(
		    fake_gate_field("Cache-Control"), "no-store"); /* EST-047 */
		if (row->field != NULL)
			assert_string_equal(
			    fake_gate_field(row->field), row->value);
		assert_int_equal(
		    row->closes, fake_gate_field("Connection") != NULL);
	}
}

/* EST-213, EST-104. */
static void
EST_211_a_body_is_one_line_or_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char len[24];

		refuse(flow_of(rows[i].fail));
		snprintf(len, sizeof(len), "%zu", strlen(fake_gate.body));
		assert_string_equal(fake_gate_field("Content-Length"), len);
		if (rows[i].empty) {
			assert_string_equal(fake_gate.body, "");
			assert_null(fake_gate_field("Content-Type"));
			continue;
		}
		assert_string_equal(fake_gate_field("Content-Type"),
		    "text/plain; charset=utf-8");
		assert_true(strlen(fake_gate.body) <= 300);
		assert_ptr_equal(strchr(fake_gate.body, '\n'),
		    fake_gate.body + strlen(fake_gate.body) - 1);
	}
}

/* 2.3: fields that belong to some statuses are on no other. */
static void
EST_102_fields_stand_where_they_belong(void **state)
{
	static const struct {
		const char *field;
		int status[3];
	} fields[] = {
		{ "WWW-Authenticate", { 401 } },
		{ "Retry-After", { 202, 429, 503 } },
		{ "Allow", { 405 } },
		{ "Accept", { 415 } },
		{ "Content-Transfer-Encoding", { 200 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t k = 0; k < COUNT(fields); k++) {
			bool wanted = false;

			for (int n = 0; n < 3; n++)
				wanted |= fields[k].status[n] == rows[i].status;
			refuse(flow_of(rows[i].fail));
			assert_int_equal(
			    wanted, fake_gate_field(fields[k].field) != NULL);
		}
}

static void
the_three_401_of_4_3(void **state)
{
	(void)state;
	refuse(flow_of(FAIL_ASK));
	assert_string_equal(fake_gate.body, "");
	refuse(flow_of(FAIL_CODE_MAILED));
	assert_string_equal(fake_gate.body,
	    "One-time code mailed. Repeat the request with the code appended "
	    "to the password.\n");
	refuse(flow_of(FAIL_AUTHENTICATION));
	assert_string_equal(fake_gate.body, "Authentication failed.\n");
	config.est.uniform_401 = true;
	refuse(flow_of(FAIL_ASK));
	assert_string_equal(fake_gate.body, "");
	refuse(flow_of(FAIL_CODE_MAILED));
	assert_true(
	    strncmp(fake_gate.body, "If the password was right", 25) == 0);
}

static void
EST_213_csrattrs_says_no_without_a_word(void **state)
{
	static char known[] = "/.well-known/est/csrattrs/x";
	static char other[] = "/.well-known/est/x";

	(void)state;
	send_to(flow_of(FAIL_NO_PATH), htp_method_GET, known);
	assert_int_equal(fake_gate.status, 404);
	assert_string_equal(fake_gate.body, "");
	send_to(flow_of(FAIL_NO_PATH), htp_method_GET, other);
	assert_true(strlen(fake_gate.body) > 0);
	send_to(flow_of(FAIL_NO_PATH), htp_method_GET, NULL);
	assert_int_equal(fake_gate.status, 404);
}

static void
EST_236_a_binding_that_fails_says_so(void **state)
{
	(void)state;
	refuse(flow_of(FAIL_BINDING));
	assert_non_null(strstr(fake_gate.body, "proof of possession"));
}

static void
EST_085_EST_087_a_success(void **state)
{
	struct flow f = { .type =
			      "application/pkcs7-mime; smime-type=certs-only",
		.body = "QUJD",
		.body_len = 4,
		.base64 = true,
		.route = { .operation = OPERATION_SIMPLEENROLL } };

	(void)state;
	refuse(f);
	assert_string_equal(fake_gate.bytes,
	    "HTTP/1.1 200 OK\r\n"
	    "Date: Fri, 20 Nov 2026 09:00:00 GMT\r\n"
	    "Content-Type: application/pkcs7-mime; smime-type=certs-only\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Cache-Control: no-store\r\n"
	    "Content-Length: 4\r\n"
	    "\r\nQUJD");
}

/* EST-047; EST-067: HEAD is GET without its body. */
static void
EST_067_cacerts_may_be_kept(void **state)
{
	static char path[] = "/.well-known/est/cacerts";
	struct flow f = { .type = "application/pkcs7-mime",
		.body = "QUJD",
		.body_len = 4,
		.base64 = true,
		.route = { .operation = OPERATION_CACERTS } };
	char get[sizeof(fake_gate.bytes)];

	(void)state;
	send_to(f, htp_method_GET, path);
	assert_null(fake_gate_field("Cache-Control"));
	memcpy(get, fake_gate.bytes, sizeof(get));
	send_to(f, htp_method_HEAD, path);
	assert_string_equal(fake_gate.body, "");
	get[strlen(get) - 4] = '\0';
	assert_string_equal(fake_gate.bytes, get);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_210_each_refusal_has_its_status),
		TEST(EST_211_a_body_is_one_line_or_nothing),
		TEST(EST_102_fields_stand_where_they_belong),
		TEST(the_three_401_of_4_3),
		TEST(EST_213_csrattrs_says_no_without_a_word),
		TEST(EST_236_a_binding_that_fails_says_so),
		TEST(EST_085_EST_087_a_success),
		TEST(EST_067_cacerts_may_be_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
