/* FAKES: loop log */
#include "mailer/relay.h"

#include "tests/lib/fake_log.h"
#include "tests/lib/fake_loop.h"
#include "tests/lib/test.h"

#include <string.h>

static unsigned called;

static void
again(void *arg)
{
	assert_ptr_equal(arg, &called);
	called++;
}

static int
begin(void **state)
{
	static struct relay relay;

	relay = (struct relay){ .again = again, .arg = &called };
	called = 0;
	fake_log_reset();
	*state = &relay;
	return 0;
}

static void
F_48_left_alone_longer_each_time_and_told_once(void **state)
{
	static const int64_t wanted[] = { 500, 1000, 2000, 4000, 5000, 5000 };
	struct relay *r = *state;

	for (size_t i = 0; i < COUNT(wanted); i++) {
		relay_heard(r, SMTP_DOWN, "connection refused");
		relay_heard(r, SMTP_DOWN, "connection refused");
		assert_true(relay_is_down(r));
		assert_true(relay_rests(r));
		assert_int_equal(fake_loop_last_ms(), wanted[i]);
		assert_int_equal(fake_loop_timers(), 1);
		fake_loop_fire();
		assert_int_equal(called, i + 1);
		assert_true(relay_is_down(r));
		assert_false(relay_rests(r));
	}
	assert_int_equal(fake_log_lines(), 1);
	assert_memory_equal(fake_log_last(), "warn", 4);
	relay_heard(r, SMTP_SENT, "250");
	assert_false(relay_is_down(r));
	assert_int_equal(fake_log_lines(), 2);
}

static void
F_53_trouble_of_ours_is_an_error(void **state)
{
	struct relay *r = *state;

	relay_heard(r, SMTP_TROUBLE, "no STARTTLS");
	assert_memory_equal(fake_log_last(), "error", 5);
	relay_forget(r);
	assert_int_equal(fake_loop_timers(), 0);
}

static void
F_49_an_answer_about_a_mail_says_that_it_is_there(void **state)
{
	static const enum smtp_end answers[] = { SMTP_SENT, SMTP_LATER,
		SMTP_REFUSED };
	struct relay *r = *state;

	for (size_t i = 0; i < COUNT(answers); i++) {
		relay_heard(r, SMTP_DOWN, "x");
		relay_heard(r, answers[i], "x");
		assert_false(relay_is_down(r));
		assert_false(relay_rests(r));
		assert_int_equal(fake_loop_timers(), 0);
		relay_heard(r, SMTP_DOWN, "x");
		assert_int_equal(fake_loop_last_ms(), 500);
		relay_heard(r, SMTP_SENT, "x");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    F_48_left_alone_longer_each_time_and_told_once, begin),
		cmocka_unit_test_setup(F_53_trouble_of_ours_is_an_error, begin),
		cmocka_unit_test_setup(
		    F_49_an_answer_about_a_mail_says_that_it_is_there, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
