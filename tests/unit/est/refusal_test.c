/* FAKES: clock gate log loop */
#include "est/est.h"

#include "tests/lib/fake_gate.h"
#include "tests/lib/request.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

/* A door with one endpoint, whose one step says no as it is told. */
static struct config config;
static struct est_shared shared = { .config = &config };
static struct est est = { .shared = &shared };
static enum refusal wanted;

/* These have no body; the others without a text are given one. */
static bool
is_silent(enum refusal refusal)
{
	return refusal == REFUSAL_ASK || refusal == REFUSAL_NO_CSRATTRS ||
	       refusal == REFUSAL_PENDING;
}

static enum flow_next
say_no(struct flow *f)
{
	f->retry_s = wanted == REFUSAL_THROTTLED ? 33 : 0;
	if (refusals[wanted].text == NULL && !is_silent(wanted))
		return est_refuse_because(f, wanted, "The reason.");
	return est_refuse(f, wanted);
}

static const struct flow_step steps[] = {
	{ "say no", NULL, say_no },
	{ NULL },
};
static const struct endpoint endpoint = {
	.name = "no", .methods = "POST", .path = "/no", .steps = steps
};
static const struct endpoint *const endpoints[] = { &endpoint, NULL };
static const struct door door = { .endpoints = endpoints };

static int
set_up(void **state)
{
	(void)state;
	config = (struct config){ .path = NULL };
	return 0;
}

static void
refuse(enum refusal refusal)
{
	static char path[] = "/no";
	struct engine *engine = engine_new(NULL, 1000);
	evhtp_request_t *r = request_new(htp_method_POST, path);
	struct gate_calls calls;

	wanted = refusal;
	engine_mount(engine, &door, &est);
	calls = engine_calls(engine);
	fake_gate_reset();
	calls.request(r, calls.arg);
	assert_int_equal(fake_gate.replies, 1);
	request_free(r);
	engine_free(engine);
}

/* est-conformance 2.3. An empty text is an empty body, NULL any. */
static const struct row {
	enum refusal refusal;
	int status;
	const char *field, *value; /* beside those of each row */
	bool empty;
	bool closes;
} rows[] = {
	{ REFUSAL_NO_PATH, 404, NULL, NULL, false, false },
	{ REFUSAL_NO_OPERATION, 404, NULL, NULL, false, false },
	{ REFUSAL_NOT_OFFERED, 404, NULL, NULL, false, false },
	{ REFUSAL_NO_LABEL, 404, NULL, NULL, false, false },
	{ REFUSAL_NO_CSRATTRS, 404, NULL, NULL, true, false },
	{ REFUSAL_MEDIA_TYPE, 415, "Accept", "application/pkcs10", false,
	    false },
	{ REFUSAL_TWO_TYPES, 400, NULL, NULL, false, false },
	{ REFUSAL_ASK, 401, "WWW-Authenticate",
	    "Basic realm=\"EST\", charset=\"UTF-8\"", true, false },
	{ REFUSAL_CODE_MAILED, 401, "WWW-Authenticate",
	    "Basic realm=\"EST\", charset=\"UTF-8\"", false, false },
	{ REFUSAL_CODE_OUT, 401, "WWW-Authenticate",
	    "Basic realm=\"EST\", charset=\"UTF-8\"", false, false },
	{ REFUSAL_CODE_HELD, 401, "WWW-Authenticate",
	    "Basic realm=\"EST\", charset=\"UTF-8\"", false, false },
	{ REFUSAL_CODE_FAILED, 401, "WWW-Authenticate",
	    "Basic realm=\"EST\", charset=\"UTF-8\"", false, false },
	{ REFUSAL_AUTHENTICATION, 401, "WWW-Authenticate",
	    "Basic realm=\"EST\", charset=\"UTF-8\"", false, false },
	{ REFUSAL_AUTHORIZATION_HEADER, 400, NULL, NULL, false, false },
	{ REFUSAL_REQUEST, 400, NULL, NULL, false, false },
	{ REFUSAL_BINDING, 400, NULL, NULL, false, false },
	{ REFUSAL_TEMPORARY, 403, NULL, NULL, false, false },
	{ REFUSAL_PROFILE, 403, NULL, NULL, false, false },
	{ REFUSAL_OTHER_PROFILE, 403, NULL, NULL, false, false },
	{ REFUSAL_NO_CERTIFICATE, 403, NULL, NULL, false, false },
	{ REFUSAL_FOREIGN, 403, NULL, NULL, false, false },
	{ REFUSAL_REVOKED, 403, NULL, NULL, false, false },
	{ REFUSAL_EXPIRED, 403, NULL, NULL, false, false },
	{ REFUSAL_WINDOW, 403, NULL, NULL, false, false },
	{ REFUSAL_NAME_CHANGE, 403, NULL, NULL, false, false },
	{ REFUSAL_KEY_TAKEN, 400, NULL, NULL, false, false },
	{ REFUSAL_PENDING, 202, "Retry-After", "1", true, false },
	{ REFUSAL_THROTTLED, 429, "Retry-After", "33", false, false },
	{ REFUSAL_CERTIFICATE_RATE, 429, "Retry-After", "1", false, false },
	{ REFUSAL_BUSY, 429, "Retry-After", "1", false, false },
	{ REFUSAL_FULL, 503, "Retry-After", "60", false, true },
	{ REFUSAL_UNAVAILABLE, 503, "Retry-After", "60", false, true },
	{ REFUSAL_INTERNAL, 500, NULL, NULL, false, true },
};

static void
EST_210_each_refusal_has_its_status(void **state)
{
	(void)state;
	assert_int_equal(COUNT(rows), REFUSALS - 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];

		assert_int_equal(row->refusal, i + 1);
		refuse(row->refusal);
		assert_int_equal(fake_gate.status, row->status);
		assert_non_null(refusals[row->refusal].word);
		assert_string_equal(fake_gate_field("Cache-Control"),
		    "no-store"); /* all (EST-047) */
		if (row->field != NULL)
			assert_string_equal(
			    fake_gate_field(row->field), row->value);
		assert_int_equal(
		    row->closes, fake_gate_field("Connection") != NULL);
	}
}

/* A 401 has none at all (EST-104), any other one of text (EST-213). */
static void
EST_211_a_body_is_one_line_or_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char len[24];

		refuse(rows[i].refusal);
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
		{ "Accept", { 415 } },
		{ "Content-Transfer-Encoding", { 200 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t k = 0; k < COUNT(fields); k++) {
			bool due = false;

			for (int n = 0; n < 3; n++)
				due |= fields[k].status[n] == rows[i].status;
			refuse(rows[i].refusal);
			assert_int_equal(
			    due, fake_gate_field(fields[k].field) != NULL);
		}
}

static void
uniform_401_changes_the_text_of_a_mailed_code(void **state)
{
	(void)state;
	refuse(REFUSAL_ASK);
	assert_string_equal(fake_gate.body, "");
	refuse(REFUSAL_CODE_MAILED);
	assert_string_equal(fake_gate.body,
	    "One-time code mailed. Repeat the request with the code appended "
	    "to the password.\n");
	refuse(REFUSAL_AUTHENTICATION);
	assert_string_equal(fake_gate.body, "Authentication failed.\n");
	config.est.uniform_401 = true;
	refuse(REFUSAL_ASK);
	assert_string_equal(fake_gate.body, "");
	refuse(REFUSAL_CODE_MAILED);
	assert_true(
	    strncmp(fake_gate.body, "If the password was right", 25) == 0);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_210_each_refusal_has_its_status),
		TEST(EST_211_a_body_is_one_line_or_nothing),
		TEST(EST_102_fields_stand_where_they_belong),
		TEST(uniform_401_changes_the_text_of_a_mailed_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
