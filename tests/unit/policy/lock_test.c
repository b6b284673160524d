#include "policy/lock.h"

#include "tests/lib/test.h"

#define NOW 1795165200

static struct facts_account
sample(void)
{
	return (struct facts_account){ .id = 7, .state = FACTS_ACTIVE };
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
		cmocka_unit_test(R_LOCK_2_lock_ends_by_itself_to_the_second),
		cmocka_unit_test(R_LOCK_3_blocked_account_stays_closed),
		cmocka_unit_test(
		    R_AUTH_4_closed_and_unknown_accounts_are_not_evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
