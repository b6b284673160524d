/* FAKES: shifted_clock */
#include "base/clock.h"
#include "tests/db/guess.h"
#include "tests/db/private_redis.h"
#include "tests/lib/fake_shifted_clock.h"
#include "tests/lib/test.h"

#include <string.h>

static void
I_6_a_code_is_good_for_one_csr(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	assert_int_equal(
	    guess_give_code("sample001", code_b, csr_a), ATTEMPTS_CODE_WRONG);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_RIGHT);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_AGAIN);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_b), ATTEMPTS_CODE_WRONG);
}

static void
R_AUTH_2_a_new_code_kills_the_old(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	shifted_clock_pass_s(300);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_NEW);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_WRONG);
	assert_int_equal(
	    guess_give_code("sample001", code_b, csr_a), ATTEMPTS_CODE_RIGHT);
}

static void
R_AUTH_2_a_code_lives_thirty_minutes(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	shifted_clock_pass_s(1799);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_RIGHT);
	assert_int_equal(
	    guess_want_code("sample002", code_b), ATTEMPTS_MAIL_NEW);
	shifted_clock_pass_s(1801);
	assert_int_equal(
	    guess_give_code("sample002", code_b, csr_a), ATTEMPTS_CODE_WRONG);
	/* The bound one has ended too. */
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_WRONG);
}

static void
O_09_a_code_dies_with_the_password_it_was_asked_by(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	assert_int_equal(
	    guess_want_code("sample002", code_b), ATTEMPTS_MAIL_NEW);
	for (int i = 0; i < 2; i++) /* safe to repeat */
		assert_int_equal(
		    session_drop_code(&guess_desk, "sample001"), DB_OK);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_WRONG);
	assert_int_equal(
	    guess_give_code("sample002", code_b, csr_a), ATTEMPTS_CODE_RIGHT);
	/* It brings no mail earlier: the limit of R-AUTH-5 stays. */
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_LIMIT);
}

static void
C_24_only_the_code_whose_mail_has_failed_is_dropped(void **state)
{
	struct attempts_who first = guess_take("sample001");
	struct attempts_mail_answer made;

	(void)state;
	assert_int_equal(
	    session_new_code(&guess_desk, &first, code_a, &made), DB_OK);
	assert_int_equal(session_mailed(&guess_desk, &first), DB_OK);
	shifted_clock_pass_s(300);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_NEW);
	/* The first one's failure is found when the second one is out. */
	assert_int_equal(
	    session_drop_failed(&guess_desk, "sample001", made.code_id), DB_OK);
	assert_int_equal(
	    guess_give_code("sample001", code_b, csr_a), ATTEMPTS_CODE_RIGHT);

	first = guess_take("sample002");
	assert_int_equal(
	    session_new_code(&guess_desk, &first, code_a, &made), DB_OK);
	for (int i = 0; i < 2; i++) /* safe to repeat */
		assert_int_equal(
		    session_drop_failed(&guess_desk, "sample002", made.code_id),
		    DB_OK);
	assert_int_equal(
	    guess_give_code("sample002", code_a, csr_a), ATTEMPTS_CODE_WRONG);
}

static void
O_01_a_code_is_for_one_user(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	assert_int_equal(
	    guess_want_code("sample002", code_b), ATTEMPTS_MAIL_NEW);
	assert_int_equal(
	    guess_give_code("sample002", code_a, csr_a), ATTEMPTS_CODE_WRONG);
	assert_int_equal(
	    guess_give_code("sample002", code_b, csr_a), ATTEMPTS_CODE_RIGHT);
}

static void
EST_a_code_is_not_consumed_by_a_bad_csr(void **state)
{
	struct attempts_code_answer a;
	struct attempts_who who;

	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	who = guess_take("sample001");
	assert_int_equal(
	    session_spend(&guess_desk, &who, code_a, csr_a, false, &a), DB_OK);
	assert_int_equal(a.code, ATTEMPTS_CODE_RIGHT);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_b), ATTEMPTS_CODE_RIGHT);
	assert_string_equal(
	    private_redis_ask("EXISTS koshin:{sample001}:try"), "0");
}

static void
F_29_a_code_has_one_name_for_ever(void **state)
{
	struct attempts_who maker = guess_take("sample001"), who;
	struct attempts_code_answer a;
	struct attempts_mail_answer mail;

	(void)state;
	assert_int_equal(
	    session_new_code(&guess_desk, &maker, code_a, &mail), DB_OK);
	assert_int_equal(session_mailed(&guess_desk, &maker), DB_OK);
	for (int i = 0; i < 2; i++) {
		who = guess_take("sample001");
		assert_int_equal(
		    session_spend(&guess_desk, &who, code_a, csr_a, true, &a),
		    DB_OK);
		assert_int_equal(
		    a.code, i == 0 ? ATTEMPTS_CODE_RIGHT : ATTEMPTS_CODE_AGAIN);
		assert_memory_equal(a.code_id, maker.operation, 16);
	}
}

static void
F_27_a_code_spent_twice_by_one_operation(void **state)
{
	struct attempts_code_answer first, again;
	struct attempts_who who;

	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	who = guess_take("sample001");
	assert_int_equal(
	    session_spend(&guess_desk, &who, code_a, csr_a, true, &first),
	    DB_OK);
	assert_int_equal(
	    session_spend(&guess_desk, &who, code_a, csr_a, true, &again),
	    DB_OK);
	assert_int_equal(first.code, ATTEMPTS_CODE_RIGHT);
	assert_int_equal(again.code, ATTEMPTS_CODE_RIGHT);
	assert_memory_equal(first.code_id, again.code_id, 16);
	who = guess_take("sample001");
	for (int i = 0; i < 3; i++)
		assert_int_equal(session_spend(&guess_desk, &who, code_b, csr_a,
				     true, &again),
		    DB_OK);
	assert_string_equal(
	    private_redis_ask("GET koshin:{sample001}:try"), "1");
}

static void
F_27_a_code_wanted_twice_by_one_operation(void **state)
{
	struct attempts_who who = guess_take("sample001");
	struct attempts_mail_answer mail;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    session_new_code(&guess_desk, &who, code_a, &mail), DB_OK);
		assert_int_equal(mail.mail, ATTEMPTS_MAIL_NEW);
	}
	assert_string_equal(
	    private_redis_ask("ZCARD koshin:{sample001}:mailed"), "1");
	assert_int_equal(
	    session_new_code(&guess_desk, &who, code_b, &mail), DB_DOWN);
}

static void
I_6_redelivery_survives_the_success(void **state)
{
	struct attempts_who who;
	struct attempts_code_answer a;

	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	who = guess_take("sample001");
	assert_int_equal(
	    session_spend(&guess_desk, &who, code_a, csr_a, true, &a), DB_OK);
	assert_int_equal(session_succeed(&guess_desk, &who), DB_OK);
	shifted_clock_pass_s(1790);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_AGAIN);
}

static void
R_AUTH_5_mails_are_a_minute_apart(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_RIGHT);
	/* It is spent: nothing is outstanding, but a mail is too near. */
	shifted_clock_pass_s(59);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_LIMIT);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_AGAIN);
	shifted_clock_pass_s(2);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_NEW);
	assert_int_equal(
	    guess_give_code("sample001", code_b, csr_a), ATTEMPTS_CODE_RIGHT);
}

static void
R_AUTH_5_five_mails_in_any_hour(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(
		    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
		shifted_clock_pass_s(301);
	}
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_RECENT);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_RIGHT);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_LIMIT);
	shifted_clock_pass_s(3600 - 5 * 301 - 5);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_LIMIT);
	shifted_clock_pass_s(10); /* the first is an hour old */
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_NEW);
}

static struct attempts_mail_answer
want(const struct digest *code)
{
	struct attempts_who who = guess_take("sample001");
	struct attempts_mail_answer mail;

	assert_int_equal(
	    session_new_code(&guess_desk, &who, code, &mail), DB_OK);
	if (mail.mail == ATTEMPTS_MAIL_NEW)
		assert_int_equal(session_mailed(&guess_desk, &who), DB_OK);
	return mail;
}

/* Seconds from then to another moment, give or take one of rounding. */
static void
assert_after(time_t from, time_t to, time_t seconds)
{
	assert_in_range(to - from, seconds, seconds + 2);
}

static void
C_24_R_AUTH_5_which_code_is_out_and_when_another_is(void **state)
{
	struct attempts_mail_answer first, held;

	(void)state;
	first = want(code_a);
	assert_after(clock_now() - 1, first.born, 0);
	assert_after(first.born, first.again, 300);
	assert_after(first.born, first.again_if_failed, 60);
	shifted_clock_pass_s(70);
	held = want(code_b);
	assert_int_equal(held.mail, ATTEMPTS_MAIL_RECENT);
	assert_int_equal(held.born, first.born);
	assert_memory_equal(held.code_id, first.code_id, sizeof(first.code_id));
	assert_after(first.born, held.again, 300);
	assert_after(first.born, held.again_if_failed, 60); /* over */
	/* Five in an hour: the first has to be an hour old. */
	for (int i = 0; i < 4; i++) {
		shifted_clock_pass_s(301);
		held = want(code_a);
		assert_int_equal(held.mail, ATTEMPTS_MAIL_NEW);
	}
	assert_after(first.born, held.again, 3600);
	assert_after(first.born, held.again_if_failed, 3600);
	shifted_clock_pass_s(301);
	held = want(code_b);
	assert_int_equal(held.mail, ATTEMPTS_MAIL_RECENT);
	assert_after(first.born, held.again, 3600);
	assert_after(first.born, held.again_if_failed, 3600);
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_RIGHT);
	held = want(code_b);
	assert_int_equal(held.mail, ATTEMPTS_MAIL_LIMIT);
	assert_after(first.born, held.again, 3600);
}

static void
EST_a_client_that_retries_keeps_its_code(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	for (int i = 0; i < 4; i++) {
		shifted_clock_pass_s(70);
		assert_int_equal(
		    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_RECENT);
	}
	assert_int_equal(
	    guess_give_code("sample001", code_a, csr_a), ATTEMPTS_CODE_RIGHT);
}

static void
F_12_a_code_without_mail_holds_back_a_minute_only(void **state)
{
	struct attempts_who who = guess_take("sample001");
	struct attempts_mail_answer mail;

	(void)state;
	assert_int_equal(
	    session_new_code(&guess_desk, &who, code_a, &mail), DB_OK);
	assert_int_equal(mail.mail, ATTEMPTS_MAIL_NEW);
	shifted_clock_pass_s(59);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_LIMIT);
	shifted_clock_pass_s(2);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_NEW);
	/* That the first was mailed after all says nothing of the second. */
	private_redis_ask("HSET koshin:{sample001}:code mailed 0");
	assert_int_equal(session_mailed(&guess_desk, &who), DB_OK);
	assert_string_equal(
	    private_redis_ask("HGET koshin:{sample001}:code mailed"), "0");
}

static void
O_05_all_codes_in_order(void **state)
{
	struct digest code = { { 0 } };
	unsigned evaluated = 0;

	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	for (int i = 0; i < 1000; i++) {
		struct attempts_who who = session_who("sample001");
		struct attempts_code_answer a;

		memcpy(&code, &i, sizeof(i));
		if (guess_begin(&who) != ATTEMPTS_GO)
			continue;
		evaluated++;
		assert_int_equal(
		    session_spend(&guess_desk, &who, &code, csr_a, true, &a),
		    DB_OK);
		assert_int_equal(a.code, ATTEMPTS_CODE_WRONG);
		assert_int_equal(a.settled.locked_now, evaluated == 6);
	}
	assert_int_equal(evaluated, 6);
	assert_string_equal(
	    private_redis_ask("EXISTS koshin:{sample001}:code"), "0");
}

static void
O_06_a_right_password_takes_no_failure_back(void **state)
{
	(void)state;
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	guess_fail("sample001", 5);
	assert_int_equal(
	    guess_want_code("sample001", code_b), ATTEMPTS_MAIL_RECENT);
	guess_lock("sample001");
}

static void
O_07_a_new_code_gives_no_new_guesses(void **state)
{
	struct attempts_who who;
	struct attempts_code_answer a;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(guess_give_code("sample001", code_b, csr_a),
		    ATTEMPTS_CODE_WRONG);
	assert_int_equal(
	    guess_want_code("sample001", code_a), ATTEMPTS_MAIL_NEW);
	who = guess_take("sample001");
	assert_int_equal(
	    session_spend(&guess_desk, &who, code_b, csr_a, true, &a), DB_OK);
	assert_true(a.settled.locked_now);
}

static void
O_08_a_hundred_wishes_are_one_mail(void **state)
{
	unsigned mails = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		if (guess_want_code("sample001", code_a) == ATTEMPTS_MAIL_NEW)
			mails++;
	assert_int_equal(mails, 1);
}

static void
O_09_a_code_before_any_was_asked_for(void **state)
{
	static const struct digest nothing;

	(void)state;
	assert_int_equal(guess_give_code("sample001", &nothing, &nothing),
	    ATTEMPTS_CODE_WRONG);
	assert_string_equal(
	    private_redis_ask("GET koshin:{sample001}:try"), "1");
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		GUESS_TEST(I_6_a_code_is_good_for_one_csr),
		GUESS_TEST(R_AUTH_2_a_new_code_kills_the_old),
		GUESS_TEST(R_AUTH_2_a_code_lives_thirty_minutes),
		GUESS_TEST(O_09_a_code_dies_with_the_password_it_was_asked_by),
		GUESS_TEST(C_24_only_the_code_whose_mail_has_failed_is_dropped),
		GUESS_TEST(O_01_a_code_is_for_one_user),
		GUESS_TEST(EST_a_code_is_not_consumed_by_a_bad_csr),
		GUESS_TEST(F_29_a_code_has_one_name_for_ever),
		GUESS_TEST(F_27_a_code_spent_twice_by_one_operation),
		GUESS_TEST(F_27_a_code_wanted_twice_by_one_operation),
		GUESS_TEST(I_6_redelivery_survives_the_success),
		GUESS_TEST(R_AUTH_5_mails_are_a_minute_apart),
		GUESS_TEST(R_AUTH_5_five_mails_in_any_hour),
		GUESS_TEST(C_24_R_AUTH_5_which_code_is_out_and_when_another_is),
		GUESS_TEST(EST_a_client_that_retries_keeps_its_code),
		GUESS_TEST(F_12_a_code_without_mail_holds_back_a_minute_only),
		GUESS_TEST(O_05_all_codes_in_order),
		GUESS_TEST(O_06_a_right_password_takes_no_failure_back),
		GUESS_TEST(O_07_a_new_code_gives_no_new_guesses),
		GUESS_TEST(O_08_a_hundred_wishes_are_one_mail),
		GUESS_TEST(O_09_a_code_before_any_was_asked_for),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, guess_start, guess_end);
}
