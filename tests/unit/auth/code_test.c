/* FAKES: accounts attempts calls clock ipc loop pool proofs */
/*
 * By the handle of a right password: a code is mailed, shown, spent, and the
 * counters are cleared.
 */
#include "tests/lib/auth_door.h"

#include "base/clock.h"

#include <string.h>

#define DAY_S 86400

/* ----------------------------------------------------------------- mail */

static void
R_AUTH_1_a_code_is_mailed_for_a_password_alone(void **state)
{
	struct digest digest;
	char code[CODE_DIGITS + 1];

	(void)state;
	assert_int_equal(door_mail("person"), AUTH_DONE);
	assert_string_equal(
	    fake_calls_asked(), DOOR_ASKS_WHO " new-code back mail mailed");
	code_derive(&door_code_key, fake_accounts.mail.nonce, code);
	digest = code_digest(&door_code_key, DOOR_USER, code);
	assert_true(digest_equal(&digest, &fake_attempts.new_digest));
	assert_int_equal(fake_accounts.mail.account, DOOR_ACCOUNT);
	assert_int_equal(fake_accounts.mail.dies_at, FAKE_CLOCK_START + 1800);
	assert_string_equal(fake_accounts.mail_address, "192.0.2.1");
	assert_int_equal(fake_attempts.places, 0);
	assert_int_equal(door_passed.holder.account.id, DOOR_ACCOUNT);
	/* That was the end of it. */
	assert_int_equal(door_code(true), AUTH_GONE);
}

/* What the door has decided does not count: it may be broken. */
static void
R_CERT_3_R_ACC_7_who_is_not_entitled_gets_no_code(void **state)
{
	struct facts_holder *h = &fake_accounts.holder;

	(void)state;
	h->account.temporary_password = true;
	assert_int_equal(door_mail("person"), AUTH_NOT_ENTITLED);
	assert_int_equal(door_passed.decision.verdict, DECIDE_TEMPORARY);
	h->account.temporary_password = false;
	assert_int_equal(door_mail("device"), AUTH_NOT_ENTITLED);
	assert_int_equal(door_passed.decision.verdict, DECIDE_PROFILE);
	h->current = (struct facts_certificate){ .exists = true,
		.account = DOOR_ACCOUNT,
		.not_before = clock_now() - DAY_S,
		.not_after = clock_now() + 100 * DAY_S,
		.issued = true,
		.current = true };
	assert_int_equal(door_mail("person"), AUTH_NOT_ENTITLED);
	assert_int_equal(door_passed.decision.verdict, DECIDE_WINDOW);
	assert_true(door_passed.decision.from > clock_now());
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " back neutral");
	assert_int_equal(fake_attempts.places, 0);
}

static void
A_07_who_is_closed_before_the_mail_is_refused(void **state)
{
	(void)state;
	fake_accounts.mail_rc = DB_CONFLICT;
	assert_int_equal(door_mail("person"), AUTH_REFUSED);
}

static void
a_profile_that_is_none_gets_no_code(void **state)
{
	(void)state;
	assert_int_equal(door_mail("nothing"), AUTH_GONE);
	assert_string_equal(fake_calls_asked(), "");
}

/* ----------------------------------------------------------------- code */

static void
I_6_a_code_is_spent_for_the_CSR_that_comes_with_it(void **state)
{
	struct digest digest;

	(void)state;
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(true), AUTH_DONE);
	assert_true(fake_attempts.spend);
	assert_int_equal(fake_attempts.csr_digest.bytes[0], 0xc5);
	digest = code_digest(&door_code_key, DOOR_USER, DOOR_CODE);
	assert_true(digest_equal(&digest, &fake_attempts.code_digest));
	assert_false(door_proved.again);
	assert_memory_equal(door_proved.grant.code_id,
	    fake_attempts.code.code_id, sizeof(door_proved.grant.code_id));
	assert_int_equal(door_proved.decision.verdict, DECIDE_ALLOWED);
	fake_attempts.code.code = ATTEMPTS_CODE_AGAIN;
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(true), AUTH_DONE);
	assert_true(door_proved.again);
}

static void
a_code_is_not_spent_for_a_bad_CSR_or_who_is_not_entitled(void **state)
{
	(void)state;
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(false), AUTH_DONE);
	assert_false(fake_attempts.spend);
	fake_accounts.holder.account.temporary_password = true;
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(true), AUTH_DONE);
	assert_false(fake_attempts.spend);
	assert_int_equal(door_proved.decision.verdict, DECIDE_TEMPORARY);
}

/* The fault: Redis was restarted empty between the spending and the answer. */
static void
I_6_what_Redis_forgets_the_ledger_knows(void **state)
{
	(void)state;
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	fake_accounts.spent = true;
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(true), AUTH_DONE);
	assert_true(door_proved.again);
	assert_int_equal(door_proved.grant.code_id[0], 0x5e);
	assert_string_equal(
	    fake_calls_asked(), DOOR_ASKS_WHO " spend spent back");
	assert_int_equal(door_succeed(), AUTH_DONE);
}

static void
R_LOCK_1_a_wrong_code_locks_like_a_wrong_password(void **state)
{
	(void)state;
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	fake_attempts.code.settled =
	    (struct attempts_settled){ .locked_now = true, .lock_number = 3 };
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(true), AUTH_REFUSED);
	assert_string_equal(
	    fake_calls_asked(), DOOR_ASKS_WHO " spend spent lock");
	assert_int_equal(fake_accounts.lock.number, 3);
	assert_int_equal(door_code(true), AUTH_GONE);
}

static void
R_LOCK_4_counters_are_cleared_after_a_right_code_only(void **state)
{
	(void)state;
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_succeed(), AUTH_GONE);
	assert_int_equal(door_code(true), AUTH_DONE);
	assert_int_equal(door_succeed(), AUTH_DONE);
	assert_string_equal(
	    fake_calls_asked(), DOOR_ASKS_WHO " spend back succeed");
	assert_int_equal(door_succeed(), AUTH_GONE);
}

static void
T8_a_right_code_gives_a_grant_for_what_was_asked_alone(void **state)
{
	const struct grant_subject asked = { .act = GRANT_CERTIFICATE,
		.account = DOOR_ACCOUNT,
		.operation = DECIDE_ENROLL,
		.profile = "person",
		.presented = { { 0x77 } },
		.key = { { 0x5e } },
		.csr = { { 0xc5 } } };
	static const struct grant none;

	(void)state;
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(true), AUTH_DONE);
	assert_true(grant_holds(
	    &door_grant_key, &asked, &door_proved.grant, clock_mono_us()));
	/* Right, and not for a certificate: a bad CSR, no entitlement. */
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(false), AUTH_DONE);
	assert_memory_equal(&door_proved.grant, &none, sizeof(none));
	/* Spent for this CSR: another grant, whatever is allowed now. */
	fake_attempts.code.code = ATTEMPTS_CODE_AGAIN;
	fake_accounts.holder.account.temporary_password = true;
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(true), AUTH_DONE);
	assert_true(grant_holds(
	    &door_grant_key, &asked, &door_proved.grant, clock_mono_us()));
}

static void
R_LOCK_4_no_counter_is_cleared_without_a_receipt(void **state)
{
	static const struct digest invented = { { 1 } };

	(void)state;
	door_login(DOOR_PASSWORD DOOR_CODE);
	assert_int_equal(door_code(true), AUTH_DONE);
	assert_int_equal(door_succeed_by(&invented), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " spend back");
	assert_int_equal(door_succeed(), AUTH_GONE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, door_open, door_shut)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R_AUTH_1_a_code_is_mailed_for_a_password_alone),
		TEST(R_CERT_3_R_ACC_7_who_is_not_entitled_gets_no_code),
		TEST(A_07_who_is_closed_before_the_mail_is_refused),
		TEST(a_profile_that_is_none_gets_no_code),
		TEST(I_6_a_code_is_spent_for_the_CSR_that_comes_with_it),
		TEST(a_code_is_not_spent_for_a_bad_CSR_or_who_is_not_entitled),
		TEST(I_6_what_Redis_forgets_the_ledger_knows),
		TEST(R_LOCK_1_a_wrong_code_locks_like_a_wrong_password),
		TEST(T8_a_right_code_gives_a_grant_for_what_was_asked_alone),
		TEST(R_LOCK_4_no_counter_is_cleared_without_a_receipt),
		TEST(R_LOCK_4_counters_are_cleared_after_a_right_code_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
