/* FAKES: gate clock */
#include "est/text.h"

#include "tests/lib/request.h"
#include "tests/lib/test.h"

#include <string.h>

static struct config config;
static struct est_shared shared = { .config = &config };
static struct est est = { .shared = &shared };
static struct buf der;

/* 100 zero bytes: 136 characters, two lines and a rest. */
static char unbroken[137], lines[140];

static int
set_up(void **state)
{
	static const unsigned char zeros[100];

	(void)state;
	memset(unbroken, 'A', 136);
	memcpy(unbroken + 134, "==", 3);
	memcpy(lines, unbroken, 64);
	lines[64] = '\n';
	memcpy(lines + 65, unbroken + 64, 64);
	lines[129] = '\n';
	memcpy(lines + 130, unbroken + 128, 8);
	lines[138] = '\n';
	config.est.lines = CONFIG_LINES_AUTO;
	buf_init(&der, 200);
	buf_add(&der, zeros, sizeof(zeros));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(&der);
	return 0;
}

/* Both ways to an answer: made before, and made now. */
static void
expect(enum config_lines setting, bool user_agent, const char *wanted)
{
	evhtp_request_t *r = request_new(htp_method_GET, NULL);
	struct flow f = { .own = &est, .request = r, .arena = arena_new() };
	struct est_text made;

	if (user_agent)
		request_field(r, "user-agent", "libest 3.2.0p");
	config.est.lines = setting;
	text_make(&der, &made);
	text_answer(&f, "a/b", &made);
	assert_int_equal(f.body_len, strlen(wanted));
	assert_memory_equal(f.body, wanted, f.body_len);
	assert_string_equal(f.type, "a/b");
	assert_string_equal(f.fields[0].value, "base64");
	text_answer_der(&f, "a/b", &der);
	assert_int_equal(f.body_len, strlen(wanted));
	assert_string_equal(f.body, wanted);
	text_free(&made);
	arena_free(f.arena);
	request_free(r);
}

static void
EST_084_auto_goes_by_the_user_agent(void **state)
{
	(void)state;
	expect(CONFIG_LINES_AUTO, true, lines);
	expect(CONFIG_LINES_AUTO, false, unbroken);
}

static void
EST_084_the_setting_stands_over_it(void **state)
{
	(void)state;
	expect(CONFIG_LINES_64, false, lines);
	expect(CONFIG_LINES_64, true, lines);
	expect(CONFIG_LINES_NONE, true, unbroken);
	expect(CONFIG_LINES_NONE, false, unbroken);
}

static void
F_05_a_client_that_has_gone_has_no_header(void **state)
{
	struct flow f = { .own = &est, .arena = arena_new() };

	(void)state;
	text_answer_der(&f, "a/b", &der);
	assert_string_equal(f.body, unbroken);
	arena_free(f.arena);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_084_auto_goes_by_the_user_agent),
		TEST(EST_084_the_setting_stands_over_it),
		TEST(F_05_a_client_that_has_gone_has_no_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
