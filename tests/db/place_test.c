/* FAKES: shifted_clock */
#include "tests/db/guess.h"
#include "tests/db/private_redis.h"
#include "tests/lib/fake_shifted_clock.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <time.h>

static void
I_7_there_are_as_many_places_as_failures_left(void **state)
{
	struct attempts_who who[7];
	struct attempts_settled s;

	(void)state;
	guess_fail("sample001", 2);
	for (int i = 0; i < 4; i++)
		who[i] = guess_take("sample001");
	who[4] = session_who("sample001");
	assert_int_equal(guess_begin(&who[4]), ATTEMPTS_BUSY);
	assert_int_equal(
	    session_settle(&guess_desk, &who[0], ATTEMPTS_NEUTRAL, &s), DB_OK);
	assert_int_equal(guess_begin(&who[4]), ATTEMPTS_GO);
	for (int i = 1; i < 5; i++) {
		assert_int_equal(
		    session_settle(&guess_desk, &who[i], ATTEMPTS_FAILED, &s),
		    DB_OK);
		assert_int_equal(s.locked_now, i == 4);
	}
}

static void
F_27_begin_again_takes_no_second_place(void **state)
{
	struct attempts_who who = session_who("sample001");
	struct attempts_settled s;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(guess_begin(&who), ATTEMPTS_GO);
	assert_string_equal(
	    private_redis_ask("HLEN koshin:{sample001}:place"), "1");
	assert_int_equal(
	    session_settle(&guess_desk, &who, ATTEMPTS_FAILED, &s), DB_OK);
	assert_string_equal(
	    private_redis_ask("GET koshin:{sample001}:try"), "1");
}

static void
F_27_a_failure_told_twice_counts_once(void **state)
{
	struct attempts_settled first, again;
	struct attempts_who who;

	(void)state;
	guess_fail("sample001", 4);
	for (int i = 4; i < 6; i++) {
		who = guess_take("sample001");
		assert_int_equal(
		    session_settle(&guess_desk, &who, ATTEMPTS_FAILED, &first),
		    DB_OK);
		assert_int_equal(
		    session_settle(&guess_desk, &who, ATTEMPTS_FAILED, &again),
		    DB_OK);
		assert_int_equal(again.locked_now, first.locked_now);
		assert_int_equal(again.lock_number, first.lock_number);
		assert_int_equal(again.locked_until, first.locked_until);
		assert_int_equal(again.blocked, first.blocked);
		assert_int_equal(first.locked_now, i == 5);
	}
	assert_int_equal(first.lock_number, 1);
}

static void
F_27_success_told_twice_counts_once(void **state)
{
	struct attempts_who who;

	(void)state;
	who = guess_take("sample001");
	assert_int_equal(session_succeed(&guess_desk, &who), DB_OK);
	guess_fail("sample001", 3);
	assert_int_equal(session_succeed(&guess_desk, &who), DB_OK);
	assert_string_equal(
	    private_redis_ask("GET koshin:{sample001}:try"), "3");
}

static void
I_7_what_has_no_place_is_not_settled(void **state)
{
	struct attempts_who who = session_who("sample001");
	struct attempts_settled s;
	struct attempts_code_answer a;
	struct attempts_mail_answer mail;

	(void)state;
	assert_int_equal(
	    session_settle(&guess_desk, &who, ATTEMPTS_FAILED, &s), DB_DOWN);
	assert_int_equal(
	    session_settle(&guess_desk, &who, ATTEMPTS_NEUTRAL, &s), DB_DOWN);
	assert_int_equal(
	    session_new_code(&guess_desk, &who, code_a, &mail), DB_DOWN);
	assert_int_equal(
	    session_spend(&guess_desk, &who, code_a, csr_a, true, &a), DB_DOWN);
	assert_int_equal(a.code, ATTEMPTS_CODE_WRONG);
}

static void
I_7_one_operation_settles_one_way(void **state)
{
	struct attempts_who who = guess_take("sample001");
	struct attempts_settled s;
	struct attempts_code_answer a;

	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	assert_int_equal(
	    session_spend(&guess_desk, &who, code_a, csr_a, false, &a), DB_OK);
	assert_int_equal(a.code, ATTEMPTS_CODE_RIGHT);
	/* The answer of a look is not taken for that of a purchase. */
	assert_int_equal(
	    session_spend(&guess_desk, &who, code_a, csr_a, true, &a), DB_DOWN);
	assert_int_equal(
	    session_settle(&guess_desk, &who, ATTEMPTS_FAILED, &s), DB_DOWN);
	assert_int_equal(session_begin(&guess_desk, &who, 0,
			     &(struct attempts_begin_answer){ 0 }),
	    DB_DOWN);
}

/* Makes the place of `who` look `age_ms` old. */
static void
grow_old(const struct attempts_who *who, long long age_ms, const char *held)
{
	char operation[33];
	char value[64];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	for (int i = 0; i < 16; i++)
		snprintf(operation + 2 * i, 3, "%02x", who->operation[i]);
	snprintf(value, sizeof(value), "%lld 0%s",
	    now.tv_sec * 1000LL + now.tv_nsec / 1000000 - age_ms, held);
	private_redis_ask(
	    "HSET koshin:{sample001}:place %s %s", operation, value);
}

static void
F_02_a_place_that_nobody_settles_becomes_a_failure(void **state)
{
	struct attempts_who who[5], next;
	struct attempts_settled s;

	(void)state;
	for (int i = 0; i < 5; i++) {
		who[i] = guess_take("sample001");
		grow_old(&who[i], i == 0 ? 59000 : 60001, "");
	}
	next = guess_take("sample001");
	assert_string_equal(
	    private_redis_ask("GET koshin:{sample001}:try"), "4");
	/* Too late to take the count back (I-7). */
	assert_int_equal(
	    session_settle(&guess_desk, &who[1], ATTEMPTS_NEUTRAL, &s),
	    DB_DOWN);
	assert_int_equal(
	    session_settle(&guess_desk, &who[0], ATTEMPTS_FAILED, &s), DB_OK);
	assert_false(s.locked_now);
	assert_int_equal(
	    session_settle(&guess_desk, &next, ATTEMPTS_FAILED, &s), DB_OK);
	assert_true(s.locked_now);
}

static void
F_02_six_that_nobody_settles_lock(void **state)
{
	struct attempts_who who;
	struct attempts_begin_answer b;

	(void)state;
	for (int i = 0; i < 6; i++) {
		who = guess_take("sample001");
		grow_old(&who, 1000, "");
	}
	who = session_who("sample001");
	assert_int_equal(guess_begin(&who), ATTEMPTS_BUSY);
	for (int i = 0; i < 6; i++) {
		struct attempts_who dead = session_who("sample001");

		if (i == 0)
			private_redis_ask("DEL koshin:{sample001}:place");
		grow_old(&dead, 60001, "");
	}
	assert_int_equal(session_begin(&guess_desk, &who, 0, &b), DB_OK);
	assert_int_equal(b.begin, ATTEMPTS_LOCKED);
	assert_int_equal(b.lock_number, 1);
	assert_false(b.blocked);
	assert_string_equal(/* of the one that has just begun */
	    private_redis_ask("HLEN koshin:{sample001}:place"), "1");
}

/*
 * I-15: who asks twelve times at once is told that six are in work, of a name
 * that is locked as of one that nobody has ever asked for.
 */
static void
I_15_a_lock_has_as_many_places_and_none_is_a_failure(void **state)
{
	struct attempts_who who[7];
	struct attempts_settled s;

	(void)state;
	guess_fail("sample001", 5);
	guess_lock("sample001");
	for (int i = 0; i < 6; i++) {
		who[i] = session_who("sample001");
		assert_int_equal(guess_begin(&who[i]), ATTEMPTS_LOCKED);
	}
	who[6] = session_who("sample001");
	assert_int_equal(guess_begin(&who[6]), ATTEMPTS_BUSY);
	assert_int_equal(
	    session_settle(&guess_desk, &who[0], ATTEMPTS_NEUTRAL, &s), DB_OK);
	assert_false(s.locked_now);
	assert_int_equal(guess_begin(&who[6]), ATTEMPTS_LOCKED);
	/* Nobody settles the others; when the lock is over they are nothing. */
	private_redis_ask("DEL koshin:{sample001}:lock");
	for (int i = 1; i < 7; i++)
		grow_old(&who[i], 60001, " held");
	guess_fail("sample001", 5);
	guess_lock("sample001");
}

static void
F_69_success_leaves_six_further_attempts(void **state)
{
	struct attempts_who guess[5], owner;
	struct attempts_settled s;
	unsigned further = 0;

	(void)state;
	for (int i = 0; i < 5; i++)
		guess[i] = guess_take("sample001");
	owner = guess_take("sample001");
	assert_int_equal(session_succeed(&guess_desk, &owner), DB_OK);
	for (int i = 0; i < 5; i++, further++) {
		assert_int_equal(
		    session_settle(&guess_desk, &guess[i], ATTEMPTS_FAILED, &s),
		    DB_OK);
		assert_false(s.locked_now);
	}
	guess_lock("sample001");
	assert_int_equal(further + 1, 6);
}

static void
F_70_a_lift_among_guesses_counts_from_zero_once(void **state)
{
	struct attempts_who guess[6];
	struct attempts_settled s;

	(void)state;
	for (int i = 0; i < 6; i++)
		guess[i] = guess_take("sample001");
	for (int i = 0; i < 6; i++) {
		if (i == 3)
			assert_int_equal(
			    session_lift(&guess_desk, "sample001"), DB_OK);
		assert_int_equal(
		    session_settle(&guess_desk, &guess[i], ATTEMPTS_FAILED, &s),
		    DB_OK);
		assert_false(s.locked_now);
	}
	guess_fail("sample001", 2);
	guess_lock("sample001");
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		GUESS_TEST(I_7_there_are_as_many_places_as_failures_left),
		GUESS_TEST(F_27_begin_again_takes_no_second_place),
		GUESS_TEST(F_27_a_failure_told_twice_counts_once),
		GUESS_TEST(F_27_success_told_twice_counts_once),
		GUESS_TEST(I_7_what_has_no_place_is_not_settled),
		GUESS_TEST(I_7_one_operation_settles_one_way),
		GUESS_TEST(F_02_a_place_that_nobody_settles_becomes_a_failure),
		GUESS_TEST(F_02_six_that_nobody_settles_lock),
		GUESS_TEST(
		    I_15_a_lock_has_as_many_places_and_none_is_a_failure),
		GUESS_TEST(F_69_success_leaves_six_further_attempts),
		GUESS_TEST(F_70_a_lift_among_guesses_counts_from_zero_once),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, guess_start, guess_end);
}
