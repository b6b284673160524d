/* FAKES: shifted_clock */
#include "tests/db/guess.h"
#include "tests/db/private_redis.h"
#include "tests/lib/fake_shifted_clock.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

static void
F_34_redis_clock_back_a_code_lives_no_longer(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	private_redis_ask("PERSIST koshin:{sample001}:code");
	shifted_clock_pass_s(1801);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_WRONG);
}

static void
F_34_redis_clock_forward_a_code_is_gone(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	private_redis_ask("PEXPIRE koshin:{sample001}:code 1");
	session_for_ms(&guess_desk, 20);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_WRONG);
}

static void
F_34_a_code_from_the_future_is_late(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	shifted_clock_pass_s(-3600);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_WRONG);
}

static void
F_35_rubbish_is_never_zero_failures(void **state)
{
	static const char *const rubbish[] = {
		"SET koshin:{sample001}:try many",
		"SETBIT koshin:{sample001}:try 1 0",
		"SET koshin:{sample001}:try -1",
		"SET koshin:{sample001}:try 1e3",
		"LPUSH koshin:{sample001}:try 1",
		"SET koshin:{sample001}:locks x",
		"LPUSH koshin:{sample001}:locks 1",
		"SET koshin:{sample001}:lock x",
		"SET koshin:{sample001}:lock 1",
		"HSET koshin:{sample001}:lock 1 1",
		"SET koshin:{sample001}:place x",
		"HSET koshin:{sample001}:place x y",
	};
	struct attempts_begin_answer b;

	(void)state;
	for (size_t i = 0; i < COUNT(rubbish); i++) {
		struct attempts_who who = session_who("sample001");

		private_redis_ask("FLUSHALL");
		private_redis_line(rubbish[i]);
		assert_int_equal(
		    session_begin(&guess_desk, &who, 0, &b), DB_DOWN);
		assert_int_not_equal(b.begin, ATTEMPTS_GO);
	}
}

static void
F_35_a_rubbish_code_is_refused(void **state)
{
	static const char *const rubbish[] = {
		"HDEL koshin:{sample001}:code digest",
		"HDEL koshin:{sample001}:code csr",
		"HDEL koshin:{sample001}:code born",
		"HSET koshin:{sample001}:code born soon",
		"HSET koshin:{sample001}:code digest short",
		"HSET koshin:{sample001}:code csr cut",
		"HSET koshin:{sample001}:code id 1",
		"HSET koshin:{sample001}:code mailed maybe",
		"SET koshin:{sample001}:code x",
	};
	struct attempts_code_answer a;

	(void)state;
	for (size_t i = 0; i < COUNT(rubbish); i++) {
		struct attempts_who who;

		private_redis_ask("FLUSHALL");
		guess_want_code("sample001", code_a);
		private_redis_line(rubbish[i]);
		who = guess_take("sample001");
		assert_int_equal(
		    session_spend(&guess_desk, &who, code_a, csr_a, true, &a),
		    DB_DOWN);
		/* Nothing was half done: the place is still there. */
		assert_string_equal(
		    private_redis_ask("HLEN koshin:{sample001}:place"), "1");
	}
}

static void
F_28_an_empty_redis_says_ask_again(void **state)
{
	struct attempts_who who = guess_take("sample001");
	struct attempts_settled s;

	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	private_redis_ask("FLUSHALL");
	/* Nobody learns whether the guess in flight was right. */
	assert_int_equal(
	    session_settle(&guess_desk, &who, ATTEMPTS_FAILED, &s), DB_DOWN);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_WRONG);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_NEW);
}

static void
F_31_full_memory_evaluates_nothing(void **state)
{
	struct attempts_who inside = guess_take("sample001"), who;
	struct attempts_begin_answer b;
	struct attempts_settled s;

	(void)state;
	private_redis_ask("CONFIG SET maxmemory 1");
	for (int i = 0; i < 3; i++) {
		who = session_who("sample001");
		assert_int_equal(
		    session_begin(&guess_desk, &who, 0, &b), DB_DOWN);
	}
	/* What was in flight is counted all the same. */
	assert_int_equal(
	    session_settle(&guess_desk, &inside, ATTEMPTS_FAILED, &s), DB_OK);
	private_redis_ask("CONFIG SET maxmemory 0");
	assert_string_equal(
	    private_redis_ask("GET koshin:{sample001}:try"), "1");
	assert_int_equal(guess_begin(&who), ATTEMPTS_GO);
}

static void
A_13_user_ids_mean_nothing_to_redis(void **state)
{
	static const char *const odd[] = {
		"' or 1=1--",
		"*3\r\n$3\r\nDEL",
		"{a}",
		"..:x",
		"%s%n",
		"",
		"sample001 ",
		"\xe5\xb1\xb1\xe7\x94\xb0",
		"abcdefghijklm",
		"koshin:{sample001}",
	};
	char before[32];

	(void)state;
	guess_fail("sample001", 1);
	for (size_t i = 0; i < COUNT(odd); i++) {
		guess_fail(odd[i], 5);
		guess_lock(odd[i]);
	}
	assert_string_equal(
	    private_redis_ask("GET koshin:{sample001}:try"), "1");
	snprintf(before, sizeof(before), "(%zu)", 2 * COUNT(odd));
	assert_string_equal(
	    private_redis_ask("KEYS koshin:{#*}:lock*"), before);
	assert_string_equal(private_redis_ask("EXISTS a x"), "0");
}

static void
R_LOCK_1_keys_do_not_stay_for_ever(void **state)
{
	static const char *const keys[] = {
		"try",
		"place",
		"locks",
		"code",
		"mailed",
	};

	(void)state;
	guess_fail("sample001", 5);
	guess_lock("sample001");
	shifted_clock_pass_s(3601);
	guess_fail("sample001", 1);
	guess_want_code("sample001", code_a);
	guess_take("sample001");
	for (size_t i = 0; i < COUNT(keys); i++)
		assert_in_range(atoll(private_redis_ask(
				    "TTL koshin:{sample001}:%s", keys[i])),
		    1, 30 * 86400);
	/* No account can have this name: it is forgotten sooner. */
	guess_fail("a_name", 1);
	assert_string_equal(
	    private_redis_ask("EVAL %s 0",
		"for _, k in ipairs(redis.call('KEYS', 'koshin:{#*')) do "
		"if redis.call('TTL', k) > 2 * 86400 then return k end end "
		"return 'none'"),
	    "none");
}

/* ------------------------------------------------------------ addresses */

static bool
allowed(const char *address)
{
	struct attempts_address_answer a;

	assert_int_equal(session_address(&guess_desk, address, &a), DB_OK);
	assert_int_equal(a.retry_s > 0, !a.allowed);
	assert_in_range(a.retry_s, 0, 60);
	return a.allowed;
}

static void
R_AUTH_5_an_address_has_ten_attempts_a_minute(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(allowed("192.0.2.1"));
	for (int i = 0; i < 10; i++)
		assert_false(allowed("192.0.2.1"));
	assert_true(allowed("192.0.2.2"));
	private_redis_ask("PEXPIRE koshin:ip:192.0.2.1 1");
	session_for_ms(&guess_desk, 20);
	assert_true(allowed("192.0.2.1"));
}

static void
C_27_what_was_no_failure_gives_its_place_back(void **state)
{
	(void)state;
	/* Nobody has taken one. */
	assert_int_equal(session_address_back(&guess_desk, "192.0.2.1"), DB_OK);
	for (int i = 0; i < 30; i++) {
		assert_true(allowed("192.0.2.1"));
		assert_int_equal(
		    session_address_back(&guess_desk, "192.0.2.1"), DB_OK);
	}
	assert_string_equal(private_redis_ask("GET koshin:ip:192.0.2.1"), "0");
	assert_string_not_equal(
	    private_redis_ask("TTL koshin:ip:192.0.2.1"), "-1");
	for (int i = 0; i < 10; i++)
		assert_true(allowed("192.0.2.1"));
	assert_false(allowed("192.0.2.1"));
	/* What cannot be read is left to the next attempt. */
	private_redis_ask("SET koshin:ip:192.0.2.1 x EX 60");
	assert_int_equal(session_address_back(&guess_desk, "192.0.2.1"), DB_OK);
	assert_string_equal(private_redis_ask("GET koshin:ip:192.0.2.1"), "x");
}

static void
R_AUTH_5_an_ipv6_network_is_one_address(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_true(allowed("2001:db8:1:2::1"));
		assert_true(allowed("2001:db8:1:2:ffff:ffff:ffff:ffff%eth0"));
	}
	assert_false(allowed("2001:DB8:1:2::1"));
	assert_true(allowed("2001:db8:1:3::1"));
	for (int i = 0; i < 5; i++) {
		assert_true(allowed("::ffff:192.0.2.1"));
		assert_true(allowed("192.0.2.1"));
	}
	assert_false(allowed("192.0.2.1"));
	for (int i = 0; i < 10; i++)
		assert_true(allowed(i % 2 == 0 ? "" : "no address\r\n"));
	assert_false(allowed("also none"));
}

static void
F_35_a_rubbish_address_counter_is_refused(void **state)
{
	struct attempts_address_answer a;

	(void)state;
	private_redis_ask("SET koshin:ip:192.0.2.1 x EX 60");
	assert_int_equal(
	    session_address(&guess_desk, "192.0.2.1", &a), DB_DOWN);
	assert_false(a.allowed);
	private_redis_ask("DEL koshin:ip:192.0.2.1");
	private_redis_ask("LPUSH koshin:ip:192.0.2.1 x");
	assert_int_equal(
	    session_address(&guess_desk, "192.0.2.1", &a), DB_DOWN);
	assert_false(a.allowed);
	private_redis_ask("SET koshin:ip:192.0.2.2 99"); /* without an end */
	assert_true(allowed("192.0.2.2"));
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		GUESS_TEST(F_34_redis_clock_back_a_code_lives_no_longer),
		GUESS_TEST(F_34_redis_clock_forward_a_code_is_gone),
		GUESS_TEST(F_34_a_code_from_the_future_is_late),
		GUESS_TEST(F_35_rubbish_is_never_zero_failures),
		GUESS_TEST(F_35_a_rubbish_code_is_refused),
		GUESS_TEST(F_28_an_empty_redis_says_ask_again),
		GUESS_TEST(F_31_full_memory_evaluates_nothing),
		GUESS_TEST(A_13_user_ids_mean_nothing_to_redis),
		GUESS_TEST(R_LOCK_1_keys_do_not_stay_for_ever),
		GUESS_TEST(R_AUTH_5_an_address_has_ten_attempts_a_minute),
		GUESS_TEST(C_27_what_was_no_failure_gives_its_place_back),
		GUESS_TEST(R_AUTH_5_an_ipv6_network_is_one_address),
		GUESS_TEST(F_35_a_rubbish_address_counter_is_refused),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, guess_start, guess_end);
}
