/* FAKES: accounts attempts calls clock ipc loop malloc pool proofs */
/*
 * The two pages of people: the password gives a voucher, and with the code the
 * voucher stands in its place. All else of the ladder is as for a password.
 */
#include "tests/lib/auth_door.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define ASKS_WHO "address holder place" /* and hashes nothing */

static struct auth_password
question(const char *secret)
{
	struct auth_password q = door_question(AUTH_ACCOUNT, DOOR_USER, secret);

	q.code_may_follow = false;
	memcpy(q.profile, "person", sizeof("person"));
	return q;
}

static enum auth_end
show_password(const char *password)
{
	struct auth_password q = question(password);

	q.mails_code = q.asks_anew = q.wants_voucher = true;
	return door_try(&q);
}

static struct auth_password
with_voucher(void)
{
	struct auth_password q = question("");

	q.shows_voucher = true;
	q.voucher = door_passed.voucher;
	return q;
}

static enum auth_end
show_voucher(void)
{
	struct auth_password q = with_voucher();

	return door_try(&q);
}

static void
R_WEB_2_a_right_password_mails_a_code_and_gives_a_voucher(void **state)
{
	(void)state;
	assert_int_equal(show_password(DOOR_PASSWORD), AUTH_DONE);
	assert_int_equal(door_passed.mailed.outcome, AUTH_MAIL_QUEUED);
	assert_true(fake_attempts.anew);
	assert_true(door_passed.voucher.ends_at > clock_now());
	assert_int_equal(fake_attempts.places, 0);
}

static void
I_15_no_voucher_for_who_has_not_shown_the_password(void **state)
{
	static const struct voucher none;

	(void)state;
	assert_int_equal(show_password("wrong-Pw1"), AUTH_REFUSED);
	assert_memory_equal(&door_passed.voucher, &none, sizeof(none));
}

static void
R_WEB_2_I_7_the_voucher_takes_a_place_before_the_code(void **state)
{
	(void)state;
	show_password(DOOR_PASSWORD);
	assert_int_equal(show_voucher(), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), ASKS_WHO);
	assert_int_equal(fake_attempts.places, 1);
	assert_int_equal(door_code(true), AUTH_DONE);
	assert_int_equal(fake_attempts.places, 0);
}

static void
R_AUTH_5_the_voucher_asks_for_another_code(void **state)
{
	struct auth_password q;

	(void)state;
	show_password(DOOR_PASSWORD);
	q = with_voucher();
	q.mails_code = q.asks_anew = q.wants_voucher = true;
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_int_equal(door_passed.mailed.outcome, AUTH_MAIL_QUEUED);
	assert_int_equal(show_voucher(), AUTH_DONE);
}

static void
T8_no_voucher_is_had_for_another_without_a_mail(void **state)
{
	struct auth_password q;
	time_t ends_at;

	(void)state;
	show_password(DOOR_PASSWORD);
	ends_at = door_passed.voucher.ends_at;
	fake_clock_pass_s(60);
	q = with_voucher();
	q.wants_voucher = true;
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_int_equal(door_passed.voucher.ends_at, ends_at);
	q.mails_code = q.asks_anew = true;
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_int_equal(door_passed.voucher.ends_at, ends_at + 60);
}

static void
T8_an_invented_voucher_is_a_failure(void **state)
{
	struct auth_password q;

	(void)state;
	show_password(DOOR_PASSWORD);
	q = with_voucher();
	q.voucher.mac.bytes[0] ^= 1;
	assert_int_equal(door_try(&q), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), ASKS_WHO " failed");
}

static void
J_02_after_a_change_of_the_password_it_is_wrong(void **state)
{
	(void)state;
	show_password(DOOR_PASSWORD);
	fake_accounts.holder.account.password_hash[0] ^= 1;
	assert_int_equal(show_voucher(), AUTH_REFUSED);
}

/* Its page asks by itself, in as many windows as are open. */
static void
J_02_a_session_from_before_the_change_is_nobodys_failure(void **state)
{
	struct auth_password q;

	(void)state;
	show_password(DOOR_PASSWORD);
	fake_accounts.holder.account.password_hash[0] ^= 1;
	q = with_voucher();
	q.alone = true;
	assert_int_equal(door_try(&q), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), ASKS_WHO " neutral");
	assert_int_equal(fake_attempts.places, 0);
}

static void
J_02_a_voucher_that_is_over_is_refused_and_nobodys_failure(void **state)
{
	struct auth_password q;

	(void)state;
	show_password(DOOR_PASSWORD);
	q = with_voucher();
	q.voucher.ends_at = clock_now();
	assert_int_equal(door_try(&q), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), ASKS_WHO " neutral");
	assert_int_equal(fake_attempts.places, 0);
}

static void
R_LOCK_2_under_a_lock_a_voucher_is_worth_nothing(void **state)
{
	(void)state;
	show_password(DOOR_PASSWORD);
	fake_attempts.begin.begin = ATTEMPTS_LOCKED;
	assert_int_equal(show_voucher(), AUTH_REFUSED);
	fake_attempts.begin.begin = ATTEMPTS_GO;
	fake_accounts.holder.account.state = FACTS_CLOSED;
	assert_int_equal(show_voucher(), AUTH_REFUSED);
}

/* A front that was taken over has one of who wants his first certificate. */
static void
T8_R_CERT_12_a_voucher_for_an_issue_replaces_nothing(void **state)
{
	(void)state;
	show_password(DOOR_PASSWORD);
	assert_int_equal(show_voucher(), AUTH_DONE);
	assert_int_equal(door_code_for(DECIDE_REPLACE, true), AUTH_GONE);
	assert_int_equal(door_code_for(DECIDE_ENROLL, true), AUTH_DONE);
}

/* What lasts for a session begins at the member area, beside a certificate. */
static void
T8_no_voucher_for_a_session_without_a_certificate(void **state)
{
	struct auth_password q = question(DOOR_PASSWORD);

	(void)state;
	q.wants_voucher = q.for_session = true;
	assert_false(door_may_ask(&q));
	q.alone = true;
	assert_false(door_may_ask(&q));
	q.shows_certificate = q.mails_code = true;
	assert_false(door_may_ask(&q));
	q.mails_code = false;
	q.code_may_follow = true;
	assert_false(door_may_ask(&q));
	q.code_may_follow = false;
	q.shows_voucher = true; /* R-OPS-3: it was proved before */
	assert_false(door_may_ask(&q));
	q.shows_voucher = false;
	assert_true(door_may_ask(&q));
}

static void
T8_a_front_hears_no_name_and_a_part_of_the_address(void **state)
{
	struct facts_account *a = &fake_accounts.holder.account;

	(void)state;
	snprintf(a->name, sizeof(a->name), "%s", "Sample Taro");
	snprintf(a->email, sizeof(a->email), "%s", "taro@example.jp");
	show_password(DOOR_PASSWORD);
	assert_string_equal(door_passed.holder.account.name, "");
	assert_string_equal(
	    door_passed.holder.account.email, "t***@example.jp");
}

static void
a_wrong_code_says_how_many_tries_are_left(void **state)
{
	(void)state;
	show_password(DOOR_PASSWORD);
	show_voucher();
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	fake_attempts.code.tries_left = 4;
	assert_int_equal(door_code(true), AUTH_REFUSED);
	assert_int_equal(door_proved.tries_left, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, door_open, door_shut)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R_WEB_2_a_right_password_mails_a_code_and_gives_a_voucher),
		TEST(I_15_no_voucher_for_who_has_not_shown_the_password),
		TEST(R_WEB_2_I_7_the_voucher_takes_a_place_before_the_code),
		TEST(R_AUTH_5_the_voucher_asks_for_another_code),
		TEST(T8_no_voucher_is_had_for_another_without_a_mail),
		TEST(T8_an_invented_voucher_is_a_failure),
		TEST(J_02_after_a_change_of_the_password_it_is_wrong),
		TEST(J_02_a_session_from_before_the_change_is_nobodys_failure),
		TEST(
		    J_02_a_voucher_that_is_over_is_refused_and_nobodys_failure),
		TEST(R_LOCK_2_under_a_lock_a_voucher_is_worth_nothing),
		TEST(T8_R_CERT_12_a_voucher_for_an_issue_replaces_nothing),
		TEST(T8_no_voucher_for_a_session_without_a_certificate),
		TEST(T8_a_front_hears_no_name_and_a_part_of_the_address),
		TEST(a_wrong_code_says_how_many_tries_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
