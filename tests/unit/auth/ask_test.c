/* FAKES: accounts attempts calls clock loop pool proofs */
/*
 * What a door hears of auth, whatever happens behind it: the stores and the
 * pool are fakes, and the door is this file. Each question must be answered
 * exactly once and never before it was asked, which `heard` counts.
 */
#include "auth/ask.h"

#include "base/clock.h"
#include "tests/lib/fake_accounts.h"
#include "tests/lib/fake_attempts.h"
#include "tests/lib/fake_calls.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_loop.h"
#include "tests/lib/fake_pool.h"
#include "tests/lib/fake_proofs.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#define USER "sample001"
#define PASSWORD "Passw0rd!"
#define CODE "123456"
#define NUMBER "12345678"
#define WHO "address holder place password"
#define DAY_S 86400

static struct auth *auth;
static struct auth_handle handle;
static struct call *open_call;
static struct secret_key key;
static struct profile profiles[2];
static bool with_proofs;

/* What the door has heard. */
static unsigned heard;
static struct auth_password_answer passed;
static struct auth_mail_answer mailed;
static struct auth_code_answer proved;
static enum auth_end done;

/* ------------------------------------------------------------ the world */

static void
open_auth(void)
{
	static struct input_policy input;
	static struct code_policy code;
	static char redis, postgres;

	input = input_policy_default();
	code = code_policy_default();
	auth = auth_open(&(struct auth_options){
	    .attempts = (void *)&redis,
	    .accounts = with_proofs ? NULL : (void *)&postgres,
	    .proofs = with_proofs ? (void *)&postgres : NULL,
	    .code_key = &key,
	    .profiles = profiles,
	    .profiles_count = COUNT(profiles),
	    .code = &code,
	    .input = &input,
	});
}

static int
begin(void **state)
{
	struct facts_account *a = &fake_accounts.holder.account;

	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	fake_clock_set(FAKE_CLOCK_START);
	fake_calls_reset();
	fake_attempts_reset();
	fake_accounts_reset();
	fake_proofs_reset();
	fake_pool_reset();
	profiles[0] = profile_person();
	profiles[1] = profile_device();
	memset(&key, 0x6b, sizeof(key));
	a->id = 7;
	a->role = FACTS_GENERAL;
	snprintf(a->user_id, sizeof(a->user_id), USER);
	snprintf(a->password_hash, sizeof(a->password_hash), PASSWORD);
	heard = 0;
	with_proofs = false;
	open_auth();
	return 0;
}

static int
begin_with_proofs(void **state)
{
	begin(state);
	auth_close(auth);
	fake_proofs.holder = fake_accounts.holder;
	with_proofs = true;
	open_auth();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	auth_close(auth);
	fake_calls_pump();
	assert_int_equal(fake_loop_timers(), 0);
	return 0;
}

static void
on_password(void *arg, const struct auth_password_answer *answer)
{
	assert_ptr_equal(arg, &handle);
	heard++;
	passed = *answer;
}

static void
on_mail(void *arg, const struct auth_mail_answer *answer)
{
	(void)arg;
	heard++;
	mailed = *answer;
}

static void
on_code(void *arg, const struct auth_code_answer *answer)
{
	(void)arg;
	heard++;
	proved = *answer;
}

static void
on_done(void *arg, enum auth_end e)
{
	(void)arg;
	heard++;
	done = e;
}

/* Lets everything be answered; exactly one answer comes. */
static void
wait_for_one(void)
{
	assert_int_equal(heard, 0);
	fake_calls_pump();
	fake_loop_fire();
	assert_int_equal(heard, 1);
	assert_int_equal(fake_calls_open(), 0);
	heard = 0;
}

static struct auth_password
question(enum auth_subject subject, const char *name, const char *secret)
{
	struct auth_password q = { .subject = subject,
		.code_may_follow = true,
		.address = "192.0.2.1" };

	snprintf(q.name, sizeof(q.name), "%s", name);
	q.secret_len = strlen(secret);
	memcpy(q.secret, secret, q.secret_len);
	return q;
}

static void
ask(const char *name, const char *secret)
{
	struct auth_password q = question(AUTH_ACCOUNT, name, secret);

	fake_calls_reset();
	open_call = auth_password(auth, &q, &handle, on_password, &handle);
}

static enum auth_end
try_it(const char *name, const char *secret)
{
	ask(name, secret);
	wait_for_one();
	return passed.end;
}

static enum auth_end
want_mail(const char *profile)
{
	struct auth_mail q = { .handle = handle, .operation = DECIDE_ENROLL };

	snprintf(q.profile, sizeof(q.profile), "%s", profile);
	auth_mail(auth, &q, on_mail, NULL);
	wait_for_one();
	return mailed.end;
}

static enum auth_end
show_code(bool good)
{
	struct auth_code q = { .handle = handle,
		.operation = DECIDE_ENROLL,
		.profile = "person",
		.csr_digest = { 0xc5 },
		.good = good };

	memcpy(q.code, CODE, sizeof(q.code));
	auth_code(auth, &q, on_code, NULL);
	wait_for_one();
	return proved.end;
}

static enum auth_end
succeed(void)
{
	auth_succeed(auth, handle, on_done, NULL);
	wait_for_one();
	return done;
}

/* ------------------------------------------------------------- password */

static void
R_AUTH_1_a_right_password_gives_a_handle_and_the_facts(void **state)
{
	(void)state;
	assert_int_equal(try_it(USER, PASSWORD), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), WHO);
	assert_string_equal(fake_attempts.client, "192.0.2.1");
	assert_false(passed.with_code);
	assert_true(passed.evaluated);
	assert_int_equal(passed.holder.account.id, 7);
	assert_int_not_equal(handle.number, 0);
	assert_int_equal(fake_attempts.places, 1);
	assert_int_equal(try_it(USER, PASSWORD CODE), AUTH_DONE);
	assert_true(passed.with_code);
}

/* I-15: what is asked, and what is answered, byte by byte. */
static void
I_15_R_AUTH_4_unknown_and_wrong_hear_the_same(void **state)
{
	struct auth_password_answer wrong;

	(void)state;
	assert_int_equal(try_it(USER, "wrong-Pw1"), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), WHO " failed");
	memcpy(&wrong, &passed, sizeof(wrong));
	memset(&fake_accounts.holder, 0, sizeof(fake_accounts.holder));
	assert_int_equal(try_it("nobody01", "wrong-Pw1"), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), WHO " failed");
	assert_memory_equal(&passed, &wrong, sizeof(wrong));
	assert_int_equal(fake_pool.evaluated, 1);
	assert_int_equal(fake_pool.dummies, 1);
}

static void
I_15_what_is_no_name_and_password_takes_as_long(void **state)
{
	struct auth_password q = question(AUTH_NOBODY, "", "");

	(void)state;
	auth_password(auth, &q, &handle, on_password, &handle);
	wait_for_one();
	assert_int_equal(passed.end, AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), "address password");
	assert_int_equal(fake_pool.dummies, 1);
}

/* whoever it is that says so. */
static void
R_LOCK_2_A_07_what_is_locked_is_not_evaluated(void **state)
{
	struct facts_account *a = &fake_accounts.holder.account;

	(void)state;
	a->state = FACTS_CLOSED;
	assert_int_equal(try_it(USER, PASSWORD), AUTH_REFUSED);
	assert_string_equal(
	    fake_calls_asked(), "address holder place neutral password");
	a->state = FACTS_ACTIVE;
	a->locked_until = clock_now() + 1;
	assert_int_equal(try_it(USER, PASSWORD), AUTH_REFUSED);
	a->locked_until = 0;
	fake_attempts.begin.begin = ATTEMPTS_LOCKED;
	fake_attempts.begin.lock_number = 2;
	assert_int_equal(try_it(USER, PASSWORD), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), WHO " lock");
	assert_int_equal(fake_accounts.lock.number, 2);
	assert_int_equal(fake_pool.evaluated, 0);
	assert_int_equal(fake_pool.dummies, 3);
	assert_false(passed.evaluated);
	assert_int_equal(fake_attempts.places, 0);
}

static void
R_LOCK_8_a_lock_is_told_and_not_waited_for(void **state)
{
	(void)state;
	fake_attempts.failed =
	    (struct attempts_settled){ .locked_now = true, .lock_number = 1 };
	ask(USER, "wrong-Pw1");
	fake_calls_fault("lock", FAKE_IS_DOWN, NULL);
	wait_for_one();
	assert_int_equal(passed.end, AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), WHO " failed lock");
}

static void
I_11_a_hash_is_told_only_to_who_asks_for_it(void **state)
{
	struct auth_password q = question(AUTH_ACCOUNT, USER, PASSWORD);

	(void)state;
	assert_int_equal(try_it(USER, PASSWORD), AUTH_DONE);
	assert_string_equal(passed.holder.account.password_hash, "");
	q.tells_hash = true;
	auth_password(auth, &q, &handle, on_password, &handle);
	wait_for_one();
	assert_string_equal(passed.holder.account.password_hash, PASSWORD);
}

static void
R_AUTH_5_I_7_I_13_limits_are_told_apart(void **state)
{
	(void)state;
	fake_pool.full = true;
	assert_int_equal(try_it(USER, PASSWORD), AUTH_FULL);
	assert_int_equal(fake_attempts.places, 0);
	fake_attempts.begin.begin = ATTEMPTS_BUSY;
	assert_int_equal(try_it(USER, PASSWORD), AUTH_BUSY);
	fake_attempts.address = (struct attempts_address_answer){ false, 17 };
	assert_int_equal(try_it(USER, PASSWORD), AUTH_THROTTLED);
	assert_int_equal(passed.retry_s, 17);
	assert_int_equal(fake_pool.evaluated + fake_pool.dummies, 0);
}

/* R-LOCK-8: whichever store, whichever question. */
static void
F_24_F_36_what_cannot_be_asked_ends_the_attempt(void **state)
{
	static const char *const at[] = { "address", "holder", "place",
		"failed" };

	(void)state;
	for (size_t i = 0; i < COUNT(at); i++) {
		ask(USER, "wrong-Pw1");
		fake_calls_fault(at[i], FAKE_IS_DOWN, NULL);
		wait_for_one();
		assert_int_equal(passed.end, AUTH_DOWN);
		assert_int_equal(fake_attempts.places, 0);
		assert_int_equal(show_code(true), AUTH_GONE);
	}
}

/* ----------------------------------------------------------------- mail */

static void
R_AUTH_1_a_code_is_mailed_by_the_handle(void **state)
{
	unsigned char digest[SECRET_DIGEST_SIZE];
	char code[CODE_DIGITS + 1];

	(void)state;
	try_it(USER, PASSWORD);
	assert_int_equal(want_mail("person"), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), WHO " new-code mail mailed");
	code_derive(&key, fake_accounts.mail.nonce, code);
	code_digest(&key, USER, code, digest);
	assert_memory_equal(digest, fake_attempts.new_digest, sizeof(digest));
	assert_int_equal(fake_accounts.mail.account, 7);
	assert_int_equal(fake_accounts.mail.dies_at, FAKE_CLOCK_START + 1800);
	assert_string_equal(fake_accounts.mail_address, "192.0.2.1");
	assert_int_equal(fake_attempts.places, 0);
	/* That was the end of it. */
	assert_int_equal(want_mail("person"), AUTH_GONE);
}

/* What the door has decided does not count: it may be broken. */
static void
R_CERT_3_R_ACC_7_who_is_not_entitled_gets_no_code(void **state)
{
	struct facts_holder *h = &fake_accounts.holder;

	(void)state;
	h->account.temporary_password = true;
	try_it(USER, PASSWORD);
	assert_int_equal(want_mail("person"), AUTH_NOT_ENTITLED);
	assert_int_equal(mailed.decision.verdict, DECIDE_TEMPORARY);
	h->account.temporary_password = false;
	try_it(USER, PASSWORD);
	assert_int_equal(want_mail("device"), AUTH_NOT_ENTITLED);
	assert_int_equal(mailed.decision.verdict, DECIDE_PROFILE);
	h->current = (struct facts_certificate){ .exists = true,
		.account = 7,
		.not_before = clock_now() - DAY_S,
		.not_after = clock_now() + 100 * DAY_S,
		.issued = true,
		.current = true };
	try_it(USER, PASSWORD);
	assert_int_equal(want_mail("person"), AUTH_NOT_ENTITLED);
	assert_int_equal(mailed.decision.verdict, DECIDE_WINDOW);
	assert_true(mailed.decision.from > clock_now());
	assert_string_equal(fake_calls_asked(), WHO " neutral");
	assert_int_equal(fake_attempts.places, 0);
}

static void
A_07_who_is_closed_before_the_mail_is_refused(void **state)
{
	(void)state;
	fake_accounts.mail_rc = DB_CONFLICT;
	try_it(USER, PASSWORD);
	assert_int_equal(want_mail("person"), AUTH_REFUSED);
}

static void
a_profile_that_is_none_gets_no_code(void **state)
{
	(void)state;
	try_it(USER, PASSWORD);
	assert_int_equal(want_mail("nothing"), AUTH_GONE);
	assert_string_equal(fake_calls_asked(), WHO);
}

/* ----------------------------------------------------------------- code */

static void
I_6_a_code_is_spent_for_the_CSR_that_comes_with_it(void **state)
{
	unsigned char digest[SECRET_DIGEST_SIZE];

	(void)state;
	try_it(USER, PASSWORD CODE);
	assert_int_equal(show_code(true), AUTH_DONE);
	assert_true(fake_attempts.spend);
	assert_int_equal(fake_attempts.csr_digest[0], 0xc5);
	code_digest(&key, USER, CODE, digest);
	assert_memory_equal(digest, fake_attempts.code_digest, sizeof(digest));
	assert_false(proved.again);
	assert_memory_equal(
	    proved.code_id, fake_attempts.code.code_id, sizeof(proved.code_id));
	assert_int_equal(proved.decision.verdict, DECIDE_ALLOWED);
	fake_attempts.code.code = ATTEMPTS_CODE_AGAIN;
	try_it(USER, PASSWORD CODE);
	assert_int_equal(show_code(true), AUTH_DONE);
	assert_true(proved.again);
}

static void
a_code_is_not_spent_for_a_bad_CSR_or_who_is_not_entitled(void **state)
{
	(void)state;
	try_it(USER, PASSWORD CODE);
	assert_int_equal(show_code(false), AUTH_DONE);
	assert_false(fake_attempts.spend);
	fake_accounts.holder.account.temporary_password = true;
	try_it(USER, PASSWORD CODE);
	assert_int_equal(show_code(true), AUTH_DONE);
	assert_false(fake_attempts.spend);
	assert_int_equal(proved.decision.verdict, DECIDE_TEMPORARY);
}

static void
R_LOCK_1_a_wrong_code_locks_like_a_wrong_password(void **state)
{
	(void)state;
	fake_attempts.code.code = ATTEMPTS_CODE_WRONG;
	fake_attempts.code.settled =
	    (struct attempts_settled){ .locked_now = true, .lock_number = 3 };
	try_it(USER, PASSWORD CODE);
	assert_int_equal(show_code(true), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), WHO " spend lock");
	assert_int_equal(fake_accounts.lock.number, 3);
	assert_int_equal(show_code(true), AUTH_GONE);
}

static void
R_LOCK_4_counters_are_cleared_after_a_right_code_only(void **state)
{
	(void)state;
	try_it(USER, PASSWORD CODE);
	assert_int_equal(succeed(), AUTH_GONE);
	assert_int_equal(show_code(true), AUTH_DONE);
	assert_int_equal(succeed(), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), WHO " spend succeed");
	assert_int_equal(succeed(), AUTH_GONE);
}

/* -------------------------------------------------------------- handles */

static void
a_handle_lives_as_long_as_its_place(void **state)
{
	(void)state;
	try_it(USER, PASSWORD);
	fake_clock_pass_s(AUTH_LIFE_S - 1);
	assert_int_equal(want_mail("person"), AUTH_DONE);
	try_it(USER, PASSWORD);
	fake_clock_pass_s(AUTH_LIFE_S);
	assert_int_equal(want_mail("person"), AUTH_GONE);
	/* Redis counts it: nobody settles. */
	assert_int_equal(fake_attempts.places, 1);
}

static void
a_handle_is_for_its_own_attempt(void **state)
{
	struct auth_handle first;

	(void)state;
	try_it(USER, PASSWORD);
	first = handle;
	try_it(USER, PASSWORD);
	assert_int_not_equal(first.number, handle.number);
	assert_int_equal(want_mail("person"), AUTH_DONE);
	handle = first;
	auth_vanish(auth, handle);
	assert_int_equal(want_mail("person"), AUTH_GONE);
	handle.number = 0;
	assert_int_equal(want_mail("person"), AUTH_GONE);
}

static void
F_02_who_vanishes_has_tried_and_who_is_left_has_not(void **state)
{
	(void)state;
	ask(USER, "wrong-Pw1");
	call_forget(open_call);
	auth_vanish(auth, handle);
	fake_calls_pump();
	assert_string_equal(fake_calls_asked(), "address");

	try_it(USER, PASSWORD);
	auth_vanish(auth, handle);
	fake_calls_pump();
	assert_int_equal(fake_attempts.places, 1);
	assert_string_equal(fake_calls_asked(), WHO);

	fake_attempts.places = 0;
	try_it(USER, PASSWORD);
	assert_null(auth_leave(auth, handle, NULL, NULL));
	fake_calls_pump();
	assert_int_equal(fake_attempts.places, 0);
	assert_string_equal(fake_calls_asked(), WHO " neutral");
	assert_int_equal(heard, 0);
}

static void
leaving_is_answered_where_somebody_listens(void **state)
{
	(void)state;
	try_it(USER, PASSWORD);
	auth_leave(auth, handle, on_done, NULL);
	wait_for_one();
	assert_int_equal(done, AUTH_DONE);
	assert_int_equal(fake_attempts.places, 0);
	auth_leave(auth, handle, on_done, NULL); /* nothing to give back */
	wait_for_one();
	assert_int_equal(done, AUTH_DONE);
	assert_string_equal(fake_calls_asked(), WHO " neutral");
}

/* Where a door only forgets, the attempt ends with the answer that comes. */
static void
a_call_that_is_forgotten_is_not_answered(void **state)
{
	(void)state;
	ask(USER, PASSWORD);
	call_forget(open_call);
	fake_calls_pump();
	assert_int_equal(heard, 0);
	assert_string_equal(fake_calls_asked(), "address");
	assert_int_equal(want_mail("person"), AUTH_GONE);
}

static void
what_is_open_when_auth_closes_is_answered_down(void **state)
{
	(void)state;
	ask(USER, PASSWORD);
	auth_close(auth);
	auth = NULL;
	assert_int_equal(heard, 1);
	assert_int_equal(passed.end, AUTH_DOWN);
	fake_calls_pump();
	assert_int_equal(heard, 1);
}

/* ------------------------------------------------------------ the subject */

static struct auth_password
of_contract(const char *secret)
{
	struct auth_password q = question(AUTH_CONTRACT, NUMBER, secret);
	struct facts_account *a = &fake_proofs.holder.account;

	q.code_may_follow = false;
	q.tells_hash = true;
	q.address[0] = '\0';
	*a = (struct facts_account){ .locks = 1 };
	snprintf(a->contract, sizeof(a->contract), NUMBER);
	snprintf(a->password_hash, sizeof(a->password_hash), "initial1");
	return q;
}

static void
R_LOCK_7_a_contract_takes_the_same_ladder(void **state)
{
	struct auth_password q = of_contract("initial1");

	(void)state;
	auth_password(auth, &q, &handle, on_password, &handle);
	wait_for_one();
	assert_int_equal(passed.end, AUTH_DONE);
	assert_string_equal(fake_calls_asked(), "contract place password");
	assert_string_equal(fake_attempts.user_id, NUMBER);
	assert_int_equal(fake_attempts.locks, 1);
	assert_string_equal(passed.holder.account.password_hash, "initial1");

	q = of_contract("initial2");
	fake_attempts.failed = (struct attempts_settled){
		.locked_now = true, .lock_number = 3, .blocked = true
	};
	fake_calls_reset();
	auth_password(auth, &q, &handle, on_password, &handle);
	wait_for_one();
	assert_int_equal(passed.end, AUTH_REFUSED);
	assert_string_equal(
	    fake_calls_asked(), "contract place password failed lock-contract");
	assert_string_equal(fake_proofs.name, NUMBER);
	assert_int_equal(fake_proofs.lock.number, 3);
	assert_true(fake_proofs.lock.block);
}

static void
R_ACC_2_a_password_that_is_used_up_fits_nothing(void **state)
{
	struct auth_password q = of_contract("");

	(void)state;
	fake_proofs.holder.account.password_hash[0] = '\0';
	auth_password(auth, &q, &handle, on_password, &handle);
	wait_for_one();
	assert_int_equal(passed.end, AUTH_REFUSED);
	assert_int_equal(fake_pool.evaluated, 0);
	assert_int_equal(fake_pool.dummies, 1);
}

static void
R_LOCK_7_a_blocked_contract_is_not_evaluated(void **state)
{
	struct auth_password q = of_contract("initial1");

	(void)state;
	fake_proofs.holder.account.state = FACTS_BLOCKED;
	auth_password(auth, &q, &handle, on_password, &handle);
	wait_for_one();
	assert_int_equal(passed.end, AUTH_REFUSED);
	assert_string_equal(
	    fake_calls_asked(), "contract place neutral password");
	assert_int_equal(fake_pool.evaluated, 0);
}

static void
R_LOCK_8_the_command_line_tells_a_lock_by_user_ID(void **state)
{
	struct auth_password q = question(AUTH_ACCOUNT, USER, "wrong-Pw1");

	(void)state;
	fake_attempts.failed =
	    (struct attempts_settled){ .locked_now = true, .lock_number = 1 };
	auth_password(auth, &q, &handle, on_password, &handle);
	wait_for_one();
	assert_string_equal(fake_calls_asked(),
	    "address account place password failed lock-account");
	assert_string_equal(fake_proofs.name, USER);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
#define TEST_PROOFS(f)                                                         \
	cmocka_unit_test_setup_teardown(f, begin_with_proofs, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R_AUTH_1_a_right_password_gives_a_handle_and_the_facts),
		TEST(I_15_R_AUTH_4_unknown_and_wrong_hear_the_same),
		TEST(I_15_what_is_no_name_and_password_takes_as_long),
		TEST(R_LOCK_2_A_07_what_is_locked_is_not_evaluated),
		TEST(R_LOCK_8_a_lock_is_told_and_not_waited_for),
		TEST(I_11_a_hash_is_told_only_to_who_asks_for_it),
		TEST(R_AUTH_5_I_7_I_13_limits_are_told_apart),
		TEST(F_24_F_36_what_cannot_be_asked_ends_the_attempt),
		TEST(R_AUTH_1_a_code_is_mailed_by_the_handle),
		TEST(R_CERT_3_R_ACC_7_who_is_not_entitled_gets_no_code),
		TEST(A_07_who_is_closed_before_the_mail_is_refused),
		TEST(a_profile_that_is_none_gets_no_code),
		TEST(I_6_a_code_is_spent_for_the_CSR_that_comes_with_it),
		TEST(a_code_is_not_spent_for_a_bad_CSR_or_who_is_not_entitled),
		TEST(R_LOCK_1_a_wrong_code_locks_like_a_wrong_password),
		TEST(R_LOCK_4_counters_are_cleared_after_a_right_code_only),
		TEST(a_handle_lives_as_long_as_its_place),
		TEST(a_handle_is_for_its_own_attempt),
		TEST(F_02_who_vanishes_has_tried_and_who_is_left_has_not),
		TEST(leaving_is_answered_where_somebody_listens),
		TEST(a_call_that_is_forgotten_is_not_answered),
		TEST(what_is_open_when_auth_closes_is_answered_down),
		TEST_PROOFS(R_LOCK_7_a_contract_takes_the_same_ladder),
		TEST_PROOFS(R_ACC_2_a_password_that_is_used_up_fits_nothing),
		TEST_PROOFS(R_LOCK_7_a_blocked_contract_is_not_evaluated),
		TEST_PROOFS(R_LOCK_8_the_command_line_tells_a_lock_by_user_ID),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
