/* FAKES: shifted_clock */
/*
 * F-60: who has another time than the database decides nothing.
 */
#include "tests/db/clerk.h"
#include "tests/db/finder.h"
#include "tests/lib/fake_shifted_clock.h"

#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

static int
begin(void **state)
{
	int rc = db_begin(state);

	if (rc == 0)
		rc = finder_begin(state);
	return rc == 0 ? clerk_begin(state) : rc;
}

static int
end(void **state)
{
	clerk_end(state);
	finder_end(state);
	return db_end(state);
}

static enum db_rc
find(int64_t account)
{
	finder_find(finder_user_of(account), NULL, NULL);
	return finder_rc;
}

static enum db_rc
facts(int64_t account)
{
	return clerk_facts_by_code(account, ++clerk_seed).rc;
}

static void
check_both(int64_t shift_s, enum db_rc expected)
{
	int64_t account = db_new_account();

	shifted_clock_pass_s(shift_s);
	assert_int_equal(find(account), expected);
	assert_int_equal(facts(account), expected);
	shifted_clock_reset();
	assert_int_equal(find(account), DB_OK);
	assert_int_equal(facts(account), DB_OK);
}

static void
F_60_EST_302_nothing_is_read_by_a_wrong_clock(void **state)
{
	(void)state;
	check_both(63, DB_DOWN);
	check_both(-63, DB_DOWN);
	check_both(86400, DB_DOWN);
	check_both(-86400, DB_DOWN);
}

static void
F_60_a_minute_is_allowed(void **state)
{
	(void)state;
	check_both(57, DB_OK);
	check_both(-57, DB_OK);
}

/* The answer for nobody tells no more than that for somebody (I-15). */
static void
F_60_I_15_nobody_is_not_known_either(void **state)
{
	(void)state;
	shifted_clock_pass_s(3600);
	finder_find("nobody", NULL, NULL);
	assert_int_equal(finder_rc, DB_DOWN);
	shifted_clock_reset();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F_60_EST_302_nothing_is_read_by_a_wrong_clock),
		cmocka_unit_test(F_60_a_minute_is_allowed),
		cmocka_unit_test(F_60_I_15_nobody_is_not_known_either),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
