/* FAKES: accounts attempts calls client_certificate clock gate ipc issuer
 * log loop pool proofs */
/*
 * Each way through the table, with each question that it asks ending in each
 * way: the store or issuer is down, the answer comes after the deadline, the
 * client has gone. tests/lib/flow_world.c looks at what must hold every time.
 */
#include "tests/lib/flow_world.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

/* The ways; each begins in the world of world_begin(). */
struct way {
	const char *name;
	struct world_request request;
	void (*prepare)(void);
	const char *asks;
};

static void
last_failure(void)
{
	fake_attempts.failed = (struct attempts_settled){ .locked_now = true,
		.lock_number = 1,
		.locked_until = clock_now() + 3600 };
}

static void
last_code(void)
{
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	fake_attempts.code.settled =
	    (struct attempts_settled){ .locked_now = true,
		    .lock_number = 1,
		    .locked_until = clock_now() + 3600 };
}

static void
locked(void)
{
	fake_accounts.holder.account.locked_until = clock_now() + 1;
}

static void
renewing(void)
{
	world_shows_certificate(10);
}

static void
device(void)
{
	world_is_device();
	world_shows_certificate(10);
}

static const struct way ways[] = {
	{ "step 1", { .basic = WORLD_BASIC_PASSWORD }, NULL,
	    WORLD_ASKS_STEP_1 },
	{ "step 2", { .basic = WORLD_BASIC_CODE }, NULL, WORLD_ASKS_STEP_2 },
	{ "wrong password", { .basic = WORLD_USER ":wrong-Pw1" }, NULL,
	    WORLD_ASKS_WRONG },
	{ "last password", { .basic = WORLD_USER ":wrong-Pw1" }, last_failure,
	    WORLD_ASKS_WRONG " lock" },
	{ "last code", { .basic = WORLD_BASIC_CODE }, last_code,
	    WORLD_ASKS_WHO " key spend spent lock" },
	{ "bad csr", { .basic = WORLD_BASIC_CODE, .body = "!" }, NULL,
	    WORLD_ASKS_WHO " spend back" },
	{ "locked", { .basic = WORLD_BASIC_PASSWORD }, locked,
	    "address holder place password neutral" },
	{ "malformed", { .authorization = "Basic !" }, NULL,
	    "address password" },
	{ "renewal", { .path = WORLD_REENROLL, .basic = WORLD_BASIC_CODE },
	    renewing, "holder " WORLD_ASKS_STEP_2 },
	{ "device", { .path = WORLD_DEVICE }, device, "holder issue" },
};

static void
start(const struct way *way)
{
	world_end(NULL);
	world_begin(NULL);
	if (way->prepare != NULL)
		way->prepare();
}

/*
 * Nobody waits for these answers; for that about the place of a locked account
 * as for the failure of others (I-15).
 */
static bool
is_unheard(const struct way *way, const char *question)
{
	return strcmp(question, "lock") == 0 ||
	       strcmp(question, "mailed") == 0 ||
	       strcmp(question, "back") == 0 ||
	       (strcmp(question, "neutral") == 0 && way->prepare != locked);
}

static bool
is(const char *question, const char *name)
{
	return strcmp(question, name) == 0;
}

/* Runs each way once for each of its questions with that fault. */
static void
each_question(enum fake_fault fault,
    void (*look)(const struct way *, const char *question, int status))
{
	for (size_t i = 0; i < COUNT(ways); i++) {
		char asks[256], *at, *rest = asks;
		int status;

		start(&ways[i]);
		world_send(&ways[i].request);
		assert_string_equal(fake_calls_asked(), ways[i].asks);
		status = fake_gate.status;
		snprintf(asks, sizeof(asks), "%s", ways[i].asks);
		while ((at = strsep(&rest, " ")) != NULL) {
			struct world_request r = ways[i].request;

			r.at = at;
			r.fault = fault;
			start(&ways[i]);
			world_send(&r);
			look(&ways[i], at, status);
		}
	}
}

/* Did the way end at this question (a place given back aside, and the answer of
 * auth that came at once)? */
static bool
ended_at(const char *question)
{
	char asked[256], *last;

	snprintf(asked, sizeof(asked), "%s", fake_calls_asked());
	while ((last = strrchr(asked, ' ')) != NULL &&
	       !is(last + 1, question) &&
	       (is(last + 1, "neutral") || is(last + 1, "back") ||
		   is(last + 1, "at-once")))
		*last = '\0';
	return is(last == NULL ? asked : last + 1, question);
}

/* ------------------------------------------------------------------- down */

static void
look_down(const struct way *way, const char *question, int status)
{
	/* Nothing is down about threads; recorded is recorded. */
	if (is_unheard(way, question) || is(question, "password") ||
	    is(question, "succeed")) {
		assert_int_equal(fake_gate.status, status);
		return;
	}
	assert_int_equal(fake_gate.status, 503);
	assert_string_equal(fake_gate_field("Retry-After"), "60");
	assert_true(world_logged("warn request"));
	assert_true(ended_at(question));
	/* Before the password: nothing is evaluated (R-LOCK-8). */
	if (is(question, "address") || is(question, "holder") ||
	    is(question, "place"))
		assert_int_equal(fake_pool.evaluated + fake_pool.dummies, 0);
	/* The failure of a wrong password counts, whatever Redis says. */
	assert_int_equal(fake_attempts.places, 0);
}

static void
EST_219_F_24_F_36_what_cannot_be_asked_is_503(void **state)
{
	(void)state;
	each_question(FAKE_IS_DOWN, look_down);
}

/* As if it were down. */
static void
look_without_memory(const struct way *way, const char *question, int status)
{
	if (is(question, "password")) /* and were it a wrong one (I-15) */
		assert_int_equal(fake_gate.status, 503);
	else
		look_down(way, question, status);
}

static void
F_59_what_there_is_no_memory_to_ask_is_503(void **state)
{
	(void)state;
	each_question(FAKE_NO_MEMORY, look_without_memory);
}

/* ------------------------------------------------------------------- late */

static void
look_late(const struct way *way, const char *question, int status)
{
	/* Nobody waits for it, but for what is asked beside it. */
	if (is(question, "back"))
		return;
	if (is_unheard(way, question)) {
		assert_int_equal(fake_gate.status, status);
		return;
	}
	assert_int_equal(fake_gate.status, 503);
	assert_string_equal(fake_gate_field("Retry-After"), "60");
	assert_true(world_logged("outcome=deadline"));
	assert_true(ended_at(question));
	assert_int_equal(fake_loop_last_ms(), 10000);
}

static void
F_26_a_late_answer_is_dropped(void **state)
{
	(void)state;
	each_question(FAKE_IS_LATE, look_late);
}

/* ------------------------------------------------------------------- gone */

static bool
has_gone(void)
{
	return fake_gate.replies == 0;
}

/*
 * F-02: auth goes on with what was asked, and a place that is left over becomes
 * a failure; so does one that the flow still holds when it ends.
 */
static const char *
counted_at(const struct way *way, const char *question)
{
	if (is(way->name, "device"))
		return way->asks;
	if (is(question, "key"))
		return is(way->name, "renewal") ? "holder " WORLD_ASKS_WHO
						  " key failed"
						: WORLD_ASKS_WHO " key failed";
	if (is(question, "address") || is(question, "holder") ||
	    is(question, "place") || is(question, "password"))
		return way->prepare == locked	      ? way->asks
		       : is(way->name, "malformed")   ? way->asks
		       : way->prepare == last_failure ? way->asks
		       : is(way->name, "renewal") ? "holder " WORLD_ASKS_WRONG
						  : WORLD_ASKS_WRONG;
	return way->asks;
}

static void
look_gone(const struct way *way, const char *question, int status)
{
	(void)status;
	/* Its answer had been sent; or a place was given back on the way. */
	if (!has_gone() || is(question, "neutral") || is(question, "back"))
		return;
	assert_true(world_logged("outcome=client-gone"));
	if (is(question, "issue") || is(question, "succeed"))
		assert_true(world_logged("serial=5e5e"));
	/* F-05: what may have been paid for goes on without its client. */
	if ((is(question, "spend") && is(way->name, "bad csr")) ||
	    (is(question, "holder") && way->request.path != NULL))
		assert_true(ended_at(question));
	else
		assert_string_equal(
		    fake_calls_asked(), counted_at(way, question));
	assert_int_equal(fake_attempts.places, 0);
}

static void
F_01_to_F_06_the_client_goes_at_each_question(void **state)
{
	(void)state;
	each_question(FAKE_GONE, look_gone);
}

static void
look_gone_and_down(const struct way *way, const char *question, int status)
{
	(void)status;
	if (!has_gone() || is_unheard(way, question) || is(question, "succeed"))
		return;
	assert_true(world_logged("outcome=client-gone"));
	if (is(question, "password") || is(question, "key"))
		assert_string_equal(
		    fake_calls_asked(), counted_at(way, question));
	else
		assert_true(ended_at(question));
}

static void
the_client_goes_and_the_store_is_down(void **state)
{
	(void)state;
	each_question(FAKE_GONE_AND_DOWN, look_gone_and_down);
}

/* F-02: who leaves while the password is looked at has tried. */
static void
F_02_the_attempt_of_a_client_that_leaves_stays_counted(void **state)
{
	static const char *const at[] = { "place", "password" };

	(void)state;
	for (size_t i = 0; i < COUNT(at); i++) {
		start(&ways[0]);
		world_send(
		    &(struct world_request){ .basic = WORLD_USER ":wrong-Pw1",
			.at = at[i],
			.fault = FAKE_GONE });
		assert_int_equal(fake_attempts.places, 0);
		assert_string_equal(
		    fake_calls_asked(), WORLD_ASKS_WHO " failed");
		assert_true(world_logged("evaluated=unknown"));
	}
}

/* And a code that was wrong goes nowhere without its client. */
static void
F_05_the_certificate_is_asked_for_once_the_code_is_spent(void **state)
{
	struct world_request r = {
		.basic = WORLD_BASIC_CODE, .at = "spend", .fault = FAKE_GONE
	};

	(void)state;
	world_send(&r);
	assert_string_equal(fake_calls_asked(), WORLD_ASKS_STEP_2);
	assert_true(world_logged("outcome=client-gone"));
	assert_true(world_logged("serial=5e5e"));
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	world_send(&r);
	assert_string_equal(
	    fake_calls_asked(), WORLD_ASKS_WHO " key spend spent");
	assert_false(world_logged("serial="));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_219_F_24_F_36_what_cannot_be_asked_is_503),
		TEST(F_59_what_there_is_no_memory_to_ask_is_503),
		TEST(F_26_a_late_answer_is_dropped),
		TEST(F_01_to_F_06_the_client_goes_at_each_question),
		TEST(the_client_goes_and_the_store_is_down),
		TEST(F_02_the_attempt_of_a_client_that_leaves_stays_counted),
		TEST(F_05_the_certificate_is_asked_for_once_the_code_is_spent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
