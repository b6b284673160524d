/* FAKES: gate log */
/*
 * What the engine does for a door, whichever it is: tests/lib/test_door.c has
 * one endpoint and two steps, and nothing in http/ knows it. The loop is real;
 * what must come first in it is due first.
 */
#include "tests/lib/test_door.h"

#include "base/log.h"
#include "base/loop.h"

#include <event2/event.h>
#include <evhtp.h>
#include <string.h>

#include "tests/lib/fake_gate.h"
#include "tests/lib/fake_log.h"
#include "tests/lib/request.h"
#include "tests/lib/test.h"

#define LIMIT_MS 10000

/* Another door, which stands behind the first. */
static enum flow_next
say(struct flow *f)
{
	flow_answer(f, "text/plain", f->own, strlen(f->own));
	return FLOW_NEXT;
}

static const struct flow_step steps[] = {
	{ "say", NULL, say },
	{ NULL },
};
static const struct endpoint behind = { .name = "behind",
	.methods = "GET, HEAD",
	.path = "/behind",
	.steps = steps };
/* Its path is the first one's: nobody gets here by it. */
static const struct endpoint hidden = { .name = "hidden",
	.methods = "POST",
	.path = "/test/greeting",
	.steps = steps };
static const struct endpoint *const endpoints[] = { &behind, &hidden, NULL };
static const struct door other_door = { .endpoints = endpoints };

static struct event_base *base;
static struct engine *engine;
static struct test_door door;
static char own[] = "behind";

static void
mount(int64_t limit_ms)
{
	engine = engine_new(base, limit_ms);
	engine_mount(engine, &test_door, &door);
	engine_mount(engine, &other_door, own);
}

static int
set_up(void **state)
{
	(void)state;
	base = loop_new();
	test_door_init(&door, base, 0);
	fake_gate_reset();
	fake_log_reset();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	test_door_end(&door);
	event_base_free(base);
	return 0;
}

static evhtp_request_t *
arrive(htp_method method, char *path, const char *body)
{
	evhtp_request_t *r = request_new(method, path);
	struct gate_calls calls = engine_calls(engine);

	request_body(r, body, strlen(body));
	calls.request(r, calls.arg);
	return r;
}

static void
expect_log(const char *piece)
{
	if (strstr(fake_log_last(), piece) == NULL)
		fail_msg("%s is not in %s", piece, fake_log_last());
}

/* A whole request, answered; then nothing is left (I-12). */
static void
ask(htp_method method, const char *where, const char *body)
{
	char path[64];
	evhtp_request_t *r;

	fake_log_reset();
	fake_gate_reset();
	snprintf(path, sizeof(path), "%s", where);
	r = arrive(method, path, body);
	event_base_dispatch(base);
	assert_int_equal(fake_gate.replies, 1);
	assert_int_equal(fake_log_lines(), 1);
	assert_int_equal(engine_in_work(engine), 0);
	request_free(r);
}

static void
greet(const char *name)
{
	ask(htp_method_POST, "/test/greeting", name);
}

static void
a_door_is_answered_by_its_own_steps(void **state)
{
	(void)state;
	mount(LIMIT_MS);
	greet("hanako");
	assert_int_equal(fake_gate.status, 200);
	assert_string_equal(fake_gate.body, "Good morning, hanako.\n");
	assert_string_equal(fake_gate_field("X-Clerk"), "yes");
	expect_log("outcome=ok peer=192.0.2.1 operation=greeting name=hanako");
	assert_int_equal(door.left, 1);
	engine_free(engine);
}

static void
a_step_whose_condition_does_not_hold_is_passed_by(void **state)
{
	(void)state;
	mount(LIMIT_MS);
	greet("nobody");
	assert_string_equal(fake_gate.body, "Nobody is here.\n");
	assert_int_equal(door.asked, 0);
	engine_free(engine);
}

static void
a_refusal_tells_its_own_words_or_those_of_the_step(void **state)
{
	(void)state;
	mount(LIMIT_MS);
	greet("Hanako");
	assert_int_equal(fake_gate.status, 422);
	assert_string_equal(fake_gate.body, "A name is of small letters.\n");
	assert_string_equal(fake_gate_field("Cache-Control"), "no-store");
	expect_log("info request");
	expect_log("outcome=bad-name");
	expect_log("step=read name");
	greet("");
	assert_int_equal(fake_gate.status, 422);
	assert_string_equal(fake_gate.body, "A name has 1 to 40 letters.\n");
	engine_free(engine);
}

/* State, fields and refusal of one request are not the next one's. */
static void
each_request_begins_anew(void **state)
{
	(void)state;
	mount(LIMIT_MS);
	greet("a-very-long-name");
	greet("taro");
	assert_string_equal(fake_gate.body, "Good morning, taro.\n");
	greet("nobody");
	assert_null(fake_gate_field("X-Clerk"));
	engine_free(engine);
}

static void
EST_112_a_path_is_looked_for_before_its_method(void **state)
{
	(void)state;
	mount(LIMIT_MS);
	ask(htp_method_PUT, "/test/greetings", "");
	assert_int_equal(fake_gate.status, 404);
	assert_string_equal(fake_gate.body, "There is nothing here.\n");
	expect_log("outcome=no-path");
	ask(htp_method_PUT, "/test/greeting", "");
	assert_int_equal(fake_gate.status, 405);
	assert_string_equal(fake_gate_field("Allow"), "POST");
	expect_log("outcome=method");
	engine_free(engine);
}

static void
the_door_that_was_mounted_first_is_asked_first(void **state)
{
	(void)state;
	mount(LIMIT_MS);
	ask(htp_method_GET, "/behind", "");
	assert_string_equal(fake_gate.body, "behind");
	ask(htp_method_HEAD, "/behind", "");
	assert_int_equal(fake_gate.status, 200);
	greet("taro");
	assert_string_equal(fake_gate.body, "Good morning, taro.\n");
	engine_free(engine);
}

/* F-26: due before the answer, which is dropped. */
static void
F_26_a_clerk_that_is_late_is_not_waited_for(void **state)
{
	(void)state;
	door.answer_ms = 20;
	mount(1);
	greet("hanako");
	assert_int_equal(fake_gate.status, 503);
	assert_string_equal(fake_gate_field("Retry-After"), "60");
	assert_string_equal(fake_gate_field("Connection"), "close");
	expect_log("outcome=deadline");
	expect_log("step=ask clerk");
	assert_int_equal(door.asked, 1);
	assert_int_equal(door.left, 1);
	engine_free(engine);
}

static void
go_away(evhtp_request_t *r)
{
	struct gate_calls calls = engine_calls(engine);

	calls.gone(r, calls.arg);
	request_free(r);
}

static void
F_05_who_leaves_ends_what_can_be_stopped(void **state)
{
	static char path[] = "/test/greeting";

	(void)state;
	mount(LIMIT_MS);
	go_away(arrive(htp_method_POST, path, "hanako"));
	assert_int_equal(engine_in_work(engine), 0);
	assert_int_equal(door.left, 1);
	expect_log("outcome=client-gone");
	door.unstoppable = true;
	go_away(arrive(htp_method_POST, path, "hanako"));
	assert_int_equal(engine_in_work(engine), 1);
	event_base_dispatch(base);
	assert_int_equal(engine_in_work(engine), 0);
	assert_int_equal(door.left, 2);
	assert_int_equal(fake_log_lines(), 2);
	assert_int_equal(fake_gate.replies, 0);
	engine_free(engine);
}

static void
the_end_of_an_engine_ends_what_goes_on(void **state)
{
	static char path[] = "/test/greeting";

	(void)state;
	mount(LIMIT_MS);
	door.unstoppable = true;
	go_away(arrive(htp_method_POST, path, "hanako"));
	engine_free(engine);
	assert_int_equal(door.left, 1);
	event_base_dispatch(base); /* the answer is dropped */
	assert_int_equal(fake_log_lines(), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_door_is_answered_by_its_own_steps),
		TEST(a_step_whose_condition_does_not_hold_is_passed_by),
		TEST(a_refusal_tells_its_own_words_or_those_of_the_step),
		TEST(each_request_begins_anew),
		TEST(EST_112_a_path_is_looked_for_before_its_method),
		TEST(the_door_that_was_mounted_first_is_asked_first),
		TEST(F_26_a_clerk_that_is_late_is_not_waited_for),
		TEST(F_05_who_leaves_ends_what_can_be_stopped),
		TEST(the_end_of_an_engine_ends_what_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
