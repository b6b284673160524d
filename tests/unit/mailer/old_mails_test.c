/* FAKES: clock loop log */
#include "mailer/old_mails.h"

#include "db/outbox.h"

#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_log.h"
#include "tests/lib/fake_loop.h"
#include "tests/lib/test.h"

#include <string.h>

static struct {
	struct call call;
	unsigned times;
	bool open;
	unsigned keep_days;
	int64_t after_id;
	outbox_removed_fn *removed;
	void *arg;
} asked;

static struct old_mails *old;

/* The outbox; it is answered when a test says so. */
struct call *
outbox_remove(struct outbox *o, unsigned keep_days, int64_t after_id,
    outbox_removed_fn *removed, void *arg)
{
	assert_null(o);
	assert_false(asked.open);
	asked.open = true;
	asked.times++;
	asked.keep_days = keep_days;
	asked.after_id = after_id;
	asked.removed = removed;
	asked.arg = arg;
	asked.call.forgotten = false;
	return &asked.call;
}

static void
answer(enum db_rc rc, int64_t looked_at, int64_t removed, int64_t last_id)
{
	struct outbox_removed r = { looked_at, removed, last_id };

	assert_true(asked.open);
	asked.open = false;
	asked.removed(asked.arg, rc, &r);
}

static int
begin(void **state)
{
	(void)state;
	memset(&asked, 0, sizeof(asked));
	fake_log_reset();
	fake_clock_set(FAKE_CLOCK_START);
	old = old_mails_new(NULL, NULL, 90);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	old_mails_free(old);
	assert_int_equal(fake_loop_timers(), 0);
	return 0;
}

static void
R_MAIL_6_removes_at_the_start_and_each_hour(void **state)
{
	(void)state;
	assert_int_equal(fake_loop_last_ms(), 0);
	fake_loop_fire();
	assert_int_equal(asked.keep_days, 90);
	assert_int_equal(asked.after_id, 0);
	answer(DB_OK, 7, 2, 70);
	assert_non_null(strstr(
	    fake_log_last(), "mails-removed mails=2 older_than_days=90"));
	assert_int_equal(fake_loop_last_ms(), 3600 * 1000);
	fake_clock_pass_s(3600);
	fake_loop_fire();
	assert_int_equal(asked.times, 2);
	assert_int_equal(asked.after_id, 0);
	answer(DB_OK, 0, 0, 0);
}

static void
R_MAIL_6_rests_between_steps_and_goes_on_behind_the_last(void **state)
{
	(void)state;
	fake_loop_fire();
	answer(DB_OK, OUTBOX_REMOVE_MOST, 499, 1000);
	assert_in_range(fake_loop_last_ms(), 50, 1000);
	fake_loop_fire();
	assert_int_equal(asked.after_id, 1000);
	answer(DB_OK, 1, 1, 1001);
	assert_non_null(strstr(fake_log_last(), "mails=500"));
	fake_loop_fire();
	assert_int_equal(asked.after_id, 0);
	answer(DB_OK, 0, 0, 0);
}

static void
R_MAIL_6_kept_for_ever_is_never_asked_about(void **state)
{
	(void)state;
	old_mails_free(old);
	old = old_mails_new(NULL, NULL, 0);
	assert_int_equal(fake_loop_timers(), 0);
	assert_int_equal(asked.times, 0);
}

static void
tries_again_ever_more_rarely_where_it_stopped(void **state)
{
	int64_t wanted = 1000;

	(void)state;
	fake_loop_fire();
	answer(DB_OK, OUTBOX_REMOVE_MOST, 1, 1000);
	for (unsigned i = 0; i < 10; i++) {
		fake_loop_fire();
		assert_int_equal(asked.after_id, 1000);
		answer(DB_DOWN, 0, 0, 0);
		assert_int_equal(fake_loop_last_ms(), wanted);
		wanted = wanted * 2 < 60000 ? wanted * 2 : 60000;
	}
	fake_loop_fire();
	answer(DB_OK, 0, 0, 1000);
	assert_non_null(strstr(fake_log_last(), "mails=1"));
}

static void
ends_in_the_middle_of_a_question(void **state)
{
	(void)state;
	fake_loop_fire();
	old_mails_free(old);
	old = NULL;
	assert_true(asked.call.forgotten);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
		EACH(R_MAIL_6_removes_at_the_start_and_each_hour),
		EACH(R_MAIL_6_rests_between_steps_and_goes_on_behind_the_last),
		EACH(R_MAIL_6_kept_for_ever_is_never_asked_about),
		EACH(tries_again_ever_more_rarely_where_it_stopped),
		EACH(ends_in_the_middle_of_a_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
