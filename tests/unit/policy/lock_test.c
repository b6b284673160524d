#include "policy/lock.h"

#include "tests/lib/test.h"

#define NOW 1795165200

static struct facts_account
sample(void)
{
	return (struct facts_account){ .id = 7, .state = FACTS_ACTIVE };
}

static void
R_LOCK_1_six_failures_lock_for_an_hour(void **state)
{
	struct lock_policy p = lock_policy_default();

	(void)state;
	assert_int_equal(p.failures, 6);
	assert_int_equal(p.lock_s, 60 * 60);
	assert_int_equal(p.locks, 3);
}

static void
R_LOCK_2_lock_ends_by_itself_to_the_second(void **state)
{
	struct facts_account a = sample();

	(void)state;
	a.locked_until = NOW;
	assert_true(lock_closed(&a, NOW - 3600));
	assert_true(lock_closed(&a, NOW - 1));
	assert_false(lock_closed(&a, NOW));
	assert_false(lock_closed(&a, NOW + 1));
}

static void
R_LOCK_3_third_lock_does_not_end(void **state)
{
	struct lock_policy p = lock_policy_default();

	(void)state;
	assert_false(lock_blocks(&p, 1));
	assert_false(lock_blocks(&p, 2));
	assert_true(lock_blocks(&p, 3));
	assert_true(lock_blocks(&p, 4));
}

static void
R_LOCK_3_blocked_account_stays_closed(void **state)
{
	struct facts_account a = sample();

	(void)state;
	assert_false(lock_closed(&a, NOW));
	a.state = FACTS_BLOCKED;
	assert_true(lock_closed(&a, NOW));
	assert_true(lock_closed(&a, INT64_MAX));
}

static void
R_AUTH_4_closed_and_unknown_accounts_are_not_evaluated(void **state)
{
	struct facts_account a = sample();

	(void)state;
	a.state = FACTS_CLOSED;
	assert_true(lock_closed(&a, NOW));
	a = sample();
	a.id = 0;
	assert_true(lock_closed(&a, NOW));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_LOCK_1_six_failures_lock_for_an_hour),
		cmocka_unit_test(R_LOCK_2_lock_ends_by_itself_to_the_second),
		cmocka_unit_test(R_LOCK_3_third_lock_does_not_end),
		cmocka_unit_test(R_LOCK_3_blocked_account_stays_closed),
		cmocka_unit_test(
		    R_AUTH_4_closed_and_unknown_accounts_are_not_evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
