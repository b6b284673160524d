/* FAKES: clock loop log */
#include "mailer/planner.h"

#include "base/clock.h"
#include "db/outbox.h"

#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_log.h"
#include "tests/lib/fake_loop.h"
#include "tests/lib/test.h"

#include <string.h>

#define DAY_S 86400

static struct {
	struct call call;
	unsigned times;
	bool open;
	struct notice_limits limits;
	struct outbox_place behind;
	outbox_planned_fn *planned;
	void *arg;
} asked;

static struct planner *planner;

/* The outbox; it is answered when a test says so. */
struct call *
outbox_plan(struct outbox *o, const struct notice_limits *limits,
    const struct outbox_place *behind, outbox_planned_fn *planned, void *arg)
{
	assert_null(o);
	assert_false(asked.open);
	asked.open = true;
	asked.times++;
	asked.limits = *limits;
	asked.behind = *behind;
	asked.planned = planned;
	asked.arg = arg;
	asked.call.forgotten = false;
	return &asked.call;
}

static struct {
	struct call call;
	unsigned times;
	bool open;
	outbox_number_fn *planned;
	void *arg;
} uninstalled;

struct call *
outbox_plan_uninstalled(struct outbox *o, outbox_number_fn *planned, void *arg)
{
	assert_null(o);
	assert_false(uninstalled.open);
	uninstalled.open = true;
	uninstalled.times++;
	uninstalled.planned = planned;
	uninstalled.arg = arg;
	return &uninstalled.call;
}

static void
answer_uninstalled(enum db_rc rc, int64_t planned)
{
	assert_true(uninstalled.open);
	uninstalled.open = false;
	uninstalled.planned(uninstalled.arg, rc, planned);
}

static void
answer(enum db_rc rc, int64_t looked_at, int64_t planned)
{
	struct outbox_planned p = { looked_at, planned, { "time", "\\x01" } };

	assert_true(asked.open);
	asked.open = false;
	asked.planned(asked.arg, rc, &p);
}

static int
begin(void **state)
{
	(void)state;
	memset(&asked, 0, sizeof(asked));
	memset(&uninstalled, 0, sizeof(uninstalled));
	fake_log_reset();
	fake_clock_set(FAKE_CLOCK_START); /* 18:00 in Tokyo */
	if (!clock_zone("Asia/Tokyo"))
		return -1;
	planner = planner_new(NULL, NULL, false);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	planner_free(planner);
	assert_int_equal(fake_loop_timers(), 0);
	return 0;
}

static void
R_MAIL_1_plans_at_the_start_and_each_quarter_of_an_hour(void **state)
{
	(void)state;
	assert_int_equal(fake_loop_last_ms(), 0);
	fake_loop_fire();
	assert_int_equal(asked.times, 1);
	assert_int_equal(asked.limits.at, FAKE_CLOCK_START);
	/* 2026-12-01 and 2026-12-21, midnight in Tokyo */
	assert_int_equal(asked.limits.second_before, 1796050800);
	assert_int_equal(asked.limits.first_before, 1797778800);
	assert_string_equal(asked.behind.time, "");
	answer(DB_OK, 7, 2);
	assert_non_null(strstr(fake_log_last(), "certificates=7 mails=2"));
	assert_int_equal(fake_loop_last_ms(), 900 * 1000);
	fake_clock_pass_s(900);
	fake_loop_fire();
	assert_int_equal(asked.times, 2);
	assert_int_equal(asked.limits.at, FAKE_CLOCK_START + 900);
}

static void
R_MAIL_1_plans_when_a_day_has_just_begun(void **state)
{
	time_t midnight = FAKE_CLOCK_START + 6 * 3600;

	(void)state;
	fake_clock_set(midnight - 60);
	fake_loop_fire();
	answer(DB_OK, 0, 0);
	assert_in_range(fake_loop_last_ms(), 60 * 1000, 70 * 1000);
	fake_clock_set(midnight + 2);
	fake_loop_fire();
	assert_int_equal(asked.limits.second_before, midnight + 11 * DAY_S);
	answer(DB_OK, 0, 0);
	assert_int_equal(fake_loop_last_ms(), 900 * 1000);
}

static void
walks_on_from_where_it_stopped(void **state)
{
	(void)state;
	fake_loop_fire();
	fake_clock_pass_s(5);
	answer(DB_OK, OUTBOX_PLAN_MOST, 10);
	assert_int_equal(asked.times, 2);
	assert_string_equal(asked.behind.time, "time");
	assert_string_equal(asked.behind.serial, "\\x01");
	assert_int_equal(asked.limits.at, FAKE_CLOCK_START);
	answer(DB_OK, 0, 0);
	assert_false(asked.open);
	assert_non_null(strstr(fake_log_last(), "certificates=1000 mails=10"));
}

static void
tries_again_ever_more_rarely_when_it_cannot(void **state)
{
	int64_t wanted = 1000;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		fake_loop_fire();
		assert_string_equal(asked.behind.time, "");
		/* The database is away, or another one plans. */
		if (i % 2 == 0)
			answer(DB_DOWN, 0, 0);
		else
			answer(DB_OK, -1, 0);
		assert_int_equal(fake_loop_last_ms(), wanted);
		wanted = wanted * 2 < 60000 ? wanted * 2 : 60000;
	}
	fake_loop_fire();
	answer(DB_OK, 1, 1);
	assert_int_equal(fake_loop_last_ms(), 900 * 1000);
	fake_loop_fire();
	answer(DB_DOWN, 0, 0);
	assert_int_equal(fake_loop_last_ms(), 1000);
}

static void
R_MAIL_7_plans_for_who_has_not_installed_behind_the_walk(void **state)
{
	(void)state;
	planner_free(planner);
	planner = planner_new(NULL, NULL, true);
	fake_loop_fire();
	answer(DB_OK, OUTBOX_PLAN_MOST, 3);
	assert_int_equal(uninstalled.times, 0);
	answer(DB_OK, 5, 0);
	assert_int_equal(uninstalled.times, 1);
	answer_uninstalled(DB_OK, OUTBOX_PLAN_MOST);
	assert_int_equal(uninstalled.times, 2);
	answer_uninstalled(DB_OK, 2);
	assert_non_null(
	    strstr(fake_log_last(), "certificates=1005 mails=1005"));
	assert_int_equal(fake_loop_last_ms(), 900 * 1000);
}

static void
R_MAIL_7_tries_again_when_it_cannot_plan_for_them(void **state)
{
	(void)state;
	planner_free(planner);
	planner = planner_new(NULL, NULL, true);
	for (unsigned i = 0; i < 2; i++) {
		fake_loop_fire();
		answer(DB_OK, 0, 0);
		answer_uninstalled(i == 0 ? DB_DOWN : DB_OK, -1);
		assert_int_equal(fake_loop_last_ms(), 1000 << i);
	}
}

static void
R_MAIL_7_asks_for_nobody_where_nothing_is_seen_in_use(void **state)
{
	(void)state;
	fake_loop_fire();
	answer(DB_OK, 0, 0);
	assert_int_equal(uninstalled.times, 0);
	assert_int_equal(fake_loop_last_ms(), 900 * 1000);
}

static void
ends_in_the_middle_of_a_question(void **state)
{
	(void)state;
	fake_loop_fire();
	planner_free(planner);
	planner = NULL;
	assert_true(asked.call.forgotten);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
		EACH(R_MAIL_1_plans_at_the_start_and_each_quarter_of_an_hour),
		EACH(R_MAIL_1_plans_when_a_day_has_just_begun),
		EACH(walks_on_from_where_it_stopped),
		EACH(tries_again_ever_more_rarely_when_it_cannot),
		EACH(R_MAIL_7_plans_for_who_has_not_installed_behind_the_walk),
		EACH(R_MAIL_7_tries_again_when_it_cannot_plan_for_them),
		EACH(R_MAIL_7_asks_for_nobody_where_nothing_is_seen_in_use),
		EACH(ends_in_the_middle_of_a_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
