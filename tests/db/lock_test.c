/* FAKES: shifted_clock */
#include "tests/db/guess.h"
#include "tests/db/private_redis.h"
#include "tests/lib/fake_shifted_clock.h"
#include "tests/lib/test.h"

#include <stdlib.h>

static void
R_LOCK_1_the_sixth_failure_locks(void **state)
{
	struct attempts_settled s;
	struct attempts_who who = session_who("sample001");

	(void)state;
	guess_fail("sample001", 5);
	s = guess_lock("sample001");
	assert_int_equal(s.lock_number, 1);
	assert_false(s.blocked);
	assert_int_equal(guess_begin(&who), ATTEMPTS_LOCKED);
}

static struct attempts_settled
fail_from(const char *user, const char *address)
{
	struct attempts_settled s = { 0 };
	struct attempts_who who = session_who(user);

	who.address = address;
	assert_int_equal(guess_begin(&who), ATTEMPTS_GO);
	assert_int_equal(
	    session_settle(&guess_desk, &who, ATTEMPTS_FAILED, &s), DB_OK);
	return s;
}

/* The last three addresses, each once; what is none is not remembered. */
static void
R_LOCK_5_a_lock_knows_its_failures_and_whence_they_came(void **state)
{
	static const char *const from[] = { "192.0.2.1", "192.0.2.2",
		"fe80::1%eth0", "2001:db8::1", "192.0.2.2" };
	struct attempts_settled s;

	(void)state;
	for (size_t i = 0; i < COUNT(from); i++) {
		s = fail_from("sample001", from[i]);
		assert_false(s.locked_now);
		assert_string_equal(s.whence, "");
	}
	assert_string_equal(private_redis_ask("GET koshin:{sample001}:try"),
	    "5 192.0.2.1 2001:db8::1 192.0.2.2");
	s = fail_from("sample001", "192.0.2.3");
	assert_true(s.locked_now);
	assert_int_equal(s.failures, 6);
	assert_string_equal(s.whence, "2001:db8::1 192.0.2.2 192.0.2.3");
}

static void
R_LOCK_2_attempts_do_not_lengthen_a_lock(void **state)
{
	struct attempts_settled s;
	struct attempts_begin_answer b;
	struct attempts_who who = session_who("sample001");

	(void)state;
	guess_fail("sample001", 5);
	s = guess_lock("sample001");
	shifted_clock_pass_s(1800);
	for (int i = 0; i < 20; i++)
		assert_int_equal(
		    session_begin(&guess_desk, &who, 0, &b), DB_OK);
	assert_int_equal(b.begin, ATTEMPTS_LOCKED);
	assert_int_equal(b.lock_number, 1);
	assert_int_equal(b.locked_until, s.locked_until);
	assert_false(b.blocked);
	assert_string_equal(
	    private_redis_ask("EXISTS koshin:{sample001}:try"), "0");
}

static void
R_LOCK_2_a_lock_lasts_an_hour_and_leaves_zero(void **state)
{
	struct attempts_who who = session_who("sample001");
	struct attempts_settled s;

	(void)state;
	guess_fail("sample001", 5);
	guess_lock("sample001");
	shifted_clock_pass_s(3599);
	assert_int_equal(guess_begin(&who), ATTEMPTS_LOCKED);
	assert_int_equal(
	    session_settle(&guess_desk, &who, ATTEMPTS_NEUTRAL, &s), DB_OK);
	shifted_clock_pass_s(2);
	guess_fail("sample001", 5);
	assert_int_equal(guess_lock("sample001").lock_number, 2);
}

static void
R_LOCK_2_a_lock_ends_by_itself_in_redis(void **state)
{
	long long ttl;

	(void)state;
	guess_fail("sample001", 5);
	guess_lock("sample001");
	ttl = atoll(private_redis_ask("PTTL koshin:{sample001}:lock"));
	assert_in_range(ttl, 3590000, 3600000);
	private_redis_ask("PEXPIRE koshin:{sample001}:lock 1");
	session_for_ms(&guess_desk, 20);
	guess_fail("sample001", 5);
	assert_int_equal(guess_lock("sample001").lock_number, 2);
}

static void
R_LOCK_3_the_third_lock_does_not_end(void **state)
{
	struct attempts_settled s;
	struct attempts_begin_answer b;
	struct attempts_who who = session_who("sample001");

	(void)state;
	for (unsigned n = 1; n <= 2; n++) {
		guess_fail("sample001", 5);
		s = guess_lock("sample001");
		assert_int_equal(s.lock_number, n);
		assert_false(s.blocked);
		shifted_clock_pass_s(3601);
	}
	guess_fail("sample001", 5);
	s = guess_lock("sample001");
	assert_int_equal(s.lock_number, 3);
	assert_true(s.blocked);
	assert_int_equal(s.locked_until, 0);
	shifted_clock_pass_s(20 * 86400);
	assert_int_equal(session_begin(&guess_desk, &who, 0, &b), DB_OK);
	assert_int_equal(b.begin, ATTEMPTS_LOCKED);
	assert_int_equal(b.lock_number, 3);
	assert_true(b.blocked);
	/* PostgreSQL knows no such account: forgotten after a month. */
	assert_in_range(atoll(private_redis_ask("TTL koshin:{sample001}:lock")),
	    29 * 86400, 30 * 86400);
}

/* Fails six times, `locks` being what PostgreSQL knows. */
static struct attempts_settled
fail_on_floor(const char *user, unsigned locks)
{
	struct attempts_settled s = { 0 };

	for (int i = 0; i < 6; i++) {
		struct attempts_who who = session_who(user);
		struct attempts_begin_answer b;

		assert_false(s.locked_now);
		assert_int_equal(
		    session_begin(&guess_desk, &who, locks, &b), DB_OK);
		assert_int_equal(b.begin, ATTEMPTS_GO);
		assert_int_equal(
		    session_settle(&guess_desk, &who, ATTEMPTS_FAILED, &s),
		    DB_OK);
	}
	assert_true(s.locked_now);
	return s;
}

static void
F_28_the_ladder_is_never_below_postgresql(void **state)
{
	struct attempts_settled s;

	(void)state;
	s = fail_on_floor("sample001", 1);
	assert_int_equal(s.lock_number, 2);
	private_redis_ask("FLUSHALL");
	s = fail_on_floor("sample001", 2);
	assert_int_equal(s.lock_number, 3);
	assert_true(s.blocked);
	/* An account that is known stays blocked for good. */
	assert_string_equal(
	    private_redis_ask("TTL koshin:{sample001}:lock"), "-1");
}

static void
R_LOCK_4_success_sets_both_counters_to_zero(void **state)
{
	struct attempts_who who;

	(void)state;
	guess_fail("sample001", 5);
	guess_lock("sample001");
	shifted_clock_pass_s(3601);
	guess_fail("sample001", 5);
	who = guess_take("sample001");
	assert_int_equal(session_succeed(&guess_desk, &who), DB_OK);
	guess_fail("sample001", 5);
	assert_int_equal(guess_lock("sample001").lock_number, 1);
}

static void
R_LOCK_5_a_lock_kills_the_code(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	guess_fail("sample001", 5);
	guess_lock("sample001");
	assert_string_equal(
	    private_redis_ask("EXISTS koshin:{sample001}:code"), "0");
	shifted_clock_pass_s(0);
	assert_int_equal(session_lift(&guess_desk, "sample001"), DB_OK);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_WRONG);
}

static void
R_LOCK_6_a_lifted_block_begins_at_zero(void **state)
{
	(void)state;
	assert_true(fail_on_floor("sample001", 2).blocked);
	assert_int_equal(session_lift(&guess_desk, "sample001"), DB_OK);
	guess_fail("sample001", 5);
	assert_int_equal(guess_lock("sample001").lock_number, 1);
}

static void
R_LOCK_1_each_account_counts_for_itself(void **state)
{
	(void)state;
	guess_fail("sample001", 5);
	guess_fail("Sample001", 5);
	guess_fail("sample002", 5);
	guess_lock("sample001");
	guess_lock("Sample001");
	guess_lock("sample002");
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		GUESS_TEST(R_LOCK_1_the_sixth_failure_locks),
		GUESS_TEST(
		    R_LOCK_5_a_lock_knows_its_failures_and_whence_they_came),
		GUESS_TEST(R_LOCK_2_attempts_do_not_lengthen_a_lock),
		GUESS_TEST(R_LOCK_2_a_lock_lasts_an_hour_and_leaves_zero),
		GUESS_TEST(R_LOCK_2_a_lock_ends_by_itself_in_redis),
		GUESS_TEST(R_LOCK_3_the_third_lock_does_not_end),
		GUESS_TEST(F_28_the_ladder_is_never_below_postgresql),
		GUESS_TEST(R_LOCK_4_success_sets_both_counters_to_zero),
		GUESS_TEST(R_LOCK_5_a_lock_kills_the_code),
		GUESS_TEST(R_LOCK_6_a_lifted_block_begins_at_zero),
		GUESS_TEST(R_LOCK_1_each_account_counts_for_itself),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, guess_start, guess_end);
}
