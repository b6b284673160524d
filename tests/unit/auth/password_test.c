/* FAKES: accounts attempts calls clock ipc loop malloc pool proofs */
/*
 * The ladder of a password: what is asked in which order, and that a door
 * hears the same of everybody who has not proved it.
 */
#include "tests/lib/auth_door.h"

#include "base/clock.h"
#include "base/locked.h"
#include "tests/lib/fake_malloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBER "12345678" /* of a contract */

static void
R_AUTH_1_a_right_password_gives_a_handle_and_the_facts(void **state)
{
	(void)state;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO);
	assert_string_equal(fake_attempts.client, "192.0.2.1");
	assert_false(door_passed.with_code);
	assert_true(door_passed.evaluated);
	assert_int_equal(door_passed.holder.account.id, DOOR_ACCOUNT);
	assert_int_not_equal(door_handle.number, 0);
	assert_int_equal(fake_attempts.places, 1);
	assert_int_equal(door_login(DOOR_PASSWORD DOOR_CODE), AUTH_DONE);
	assert_true(door_passed.with_code);
}

/* I-15: what is asked, and what is answered, byte by byte. */
static void
I_15_R_AUTH_4_unknown_and_wrong_hear_the_same(void **state)
{
	struct auth_password nobody =
	    door_question(AUTH_ACCOUNT, "nobody01", "wrong-Pw1");
	struct auth_password_answer wrong;

	(void)state;
	assert_int_equal(door_login("wrong-Pw1"), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed");
	memcpy(&wrong, &door_passed, sizeof(wrong));
	memset(&fake_accounts.holder, 0, sizeof(fake_accounts.holder));
	assert_int_equal(door_try(&nobody), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed");
	wrong.head.id = door_passed.head.id;
	assert_memory_equal(&door_passed, &wrong, sizeof(wrong));
	assert_int_equal(fake_pool.evaluated, 1);
	assert_int_equal(fake_pool.dummies, 1);
}

static void
I_15_what_is_no_name_and_password_takes_as_long(void **state)
{
	struct auth_password q = door_question(AUTH_NOBODY, "", "");

	(void)state;
	assert_int_equal(door_try(&q), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), "address password");
	assert_int_equal(fake_pool.dummies, 1);
}

/* The next who is asked for, known or not, costs what this one does. */
static void
I_15_what_a_hash_costs_is_learned_before_it_is_evaluated(void **state)
{
	(void)state;
	fake_accounts.holder.account.state = FACTS_CLOSED;
	door_ask_login(DOOR_PASSWORD);
	assert_int_equal(door_costs.count, 0);
	door_wait();
	assert_int_equal(door_costs.count, 1);
	assert_int_equal(fake_pool.dummies, 1);
}

/* Neither right nor wrong: the place is given back. */
static void
F_59_without_memory_a_password_is_nobodys_failure(void **state)
{
	(void)state;
	fake_pool.no_memory = true;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_DOWN);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " neutral");
	assert_int_equal(fake_attempts.places, 0);
	memset(&fake_accounts.holder, 0, sizeof(fake_accounts.holder));
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_DOWN);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " neutral");
}

/* What locked memory there is at hand is taken, and there is no more. */
static void
use_up_locked_memory(void)
{
	const struct rlimit none = { 0, 0 };

	for (size_t size = 16; size <= 16384; size += 16)
		for (int i = 0; i < 4; i++)
			assert_non_null(locked_new(size));
	free(malloc(100000)); /* what else is needed is there */
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
}

/* "Too many wait" would send whoever looks for the cause to est.password_queue,
 * and its clients away for a minute. */
static void
F_59_without_memory_auth_is_down_and_not_full(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (!fake_malloc_works())
		skip();
	fake_malloc_begin(1, true); /* for an attempt */
	door_ask_login(DOOR_PASSWORD);
	fake_malloc_end();
	door_wait();
	assert_int_equal(door_passed.end, AUTH_DOWN);
	pid = fork();
	if (pid == 0) { /* for what a thread of the pool is given */
		use_up_locked_memory();
		_exit((int)door_login(DOOR_PASSWORD));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), AUTH_DOWN);
}

/* whoever it is that says so. */
static void
R_LOCK_2_A_07_what_is_locked_is_not_evaluated(void **state)
{
	struct facts_account *a = &fake_accounts.holder.account;

	(void)state;
	a->state = FACTS_BLOCKED;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_REFUSED);
	assert_string_equal(
	    fake_calls_asked(), "address holder place password neutral");
	a->state = FACTS_ACTIVE;
	a->locked_until = clock_now() + 1;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_REFUSED);
	assert_string_equal(
	    fake_calls_asked(), "address holder place password neutral");
	a->locked_until = 0;
	fake_attempts.begin.begin = ATTEMPTS_LOCKED;
	fake_attempts.begin.lock_number = 2;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " neutral lock");
	assert_int_equal(fake_accounts.lock.number, 2);
	assert_int_equal(fake_pool.evaluated, 0);
	assert_int_equal(fake_pool.dummies, 3);
	assert_false(door_passed.evaluated);
	assert_int_equal(fake_attempts.places, 0);
}

/*
 * As of a name that nobody has: its place is held as long, and counted. Given
 * back at once, twelve guesses at the same moment were all refused, where half
 * of them hear that too many are in work.
 */
static void
I_15_who_is_closed_or_suspended_is_counted_as_nobody_is(void **state)
{
	static const enum facts_state states[] = { FACTS_CLOSED,
		FACTS_SUSPENDED };

	(void)state;
	for (size_t i = 0; i < COUNT(states); i++) {
		fake_accounts.holder.account.state = states[i];
		assert_int_equal(door_login(DOOR_PASSWORD), AUTH_REFUSED);
		assert_string_equal(
		    fake_calls_asked(), "address holder place password failed");
		assert_false(door_passed.evaluated);
		assert_int_equal(fake_pool.evaluated, 0);
		assert_int_equal(fake_attempts.places, 0);
	}
}

static void
R_LOCK_8_a_lock_is_told_and_not_waited_for(void **state)
{
	(void)state;
	fake_attempts.failed =
	    (struct attempts_settled){ .locked_now = true, .lock_number = 1 };
	door_ask_login("wrong-Pw1");
	fake_calls_fault("lock", FAKE_IS_DOWN, NULL);
	door_wait();
	assert_int_equal(door_passed.end, AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed lock");
}

static void
I_11_a_hash_is_told_only_to_who_asks_for_it(void **state)
{
	struct auth_password q =
	    door_question(AUTH_ACCOUNT, DOOR_USER, DOOR_PASSWORD);

	(void)state;
	q.address[0] = '\0';
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_string_equal(door_passed.holder.account.password_hash, "");
	q.tells_hash = true;
	door_try(&q);
	assert_string_equal(
	    door_passed.holder.account.password_hash, DOOR_PASSWORD);
}

static void
R_AUTH_5_I_7_I_13_limits_are_told_apart(void **state)
{
	(void)state;
	fake_pool.full = true;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_FULL);
	assert_int_equal(fake_attempts.places, 0);
	fake_attempts.begin.begin = ATTEMPTS_BUSY;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_BUSY);
	fake_attempts.address = (struct attempts_address_answer){ false, 17 };
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_THROTTLED);
	assert_int_equal(door_passed.retry_s, 17);
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
		door_ask_login("wrong-Pw1");
		fake_calls_fault(at[i], FAKE_IS_DOWN, NULL);
		door_wait();
		assert_int_equal(door_passed.end, AUTH_DOWN);
		assert_int_equal(fake_attempts.places, 0);
		assert_int_equal(door_code(true), AUTH_GONE);
	}
}

/* ------------------------------------------------------------ the subject */

static struct auth_password
of_contract(const char *secret)
{
	struct auth_password q = door_question(AUTH_CONTRACT, NUMBER, secret);
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
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), "contract place password");
	assert_string_equal(fake_attempts.user_id, NUMBER);
	assert_int_equal(fake_attempts.locks, 1);
	assert_string_equal(
	    door_passed.holder.account.password_hash, "initial1");

	q = of_contract("initial2");
	fake_attempts.failed = (struct attempts_settled){
		.locked_now = true, .lock_number = 3, .blocked = true
	};
	assert_int_equal(door_try(&q), AUTH_REFUSED);
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
	assert_int_equal(door_try(&q), AUTH_REFUSED);
	assert_int_equal(fake_pool.evaluated, 0);
	assert_int_equal(fake_pool.dummies, 1);
}

static void
R_LOCK_7_a_blocked_contract_is_not_evaluated(void **state)
{
	struct auth_password q = of_contract("initial1");

	(void)state;
	fake_proofs.holder.account.state = FACTS_BLOCKED;
	assert_int_equal(door_try(&q), AUTH_REFUSED);
	assert_string_equal(
	    fake_calls_asked(), "contract place password neutral");
	assert_int_equal(fake_pool.evaluated, 0);
}

static void
R_LOCK_8_the_command_line_tells_a_lock_by_user_ID(void **state)
{
	struct auth_password q =
	    door_question(AUTH_ACCOUNT, DOOR_USER, "wrong-Pw1");

	(void)state;
	fake_attempts.failed =
	    (struct attempts_settled){ .locked_now = true, .lock_number = 1 };
	door_try(&q);
	assert_string_equal(fake_calls_asked(),
	    "address account place password failed lock-account");
	assert_string_equal(fake_proofs.name, DOOR_USER);
}

/* The fault: a front that was taken over guesses an account's password under
 * the counter of contracts, and again under the account's own. */
static void
T8_R_LOCK_7_a_contract_is_never_an_account(void **state)
{
	struct auth_password q = of_contract(DOOR_PASSWORD);

	(void)state;
	q.tells_hash = false;
	memcpy(q.name, DOOR_USER, sizeof(DOOR_USER));
	fake_proofs.holder = (struct facts_holder){ .account.id = 0 };
	assert_int_equal(door_try(&q), AUTH_REFUSED);
	assert_string_equal(
	    fake_calls_asked(), "contract place password failed");
	assert_int_equal(fake_pool.evaluated, 0);
}

/* It has no mailbox, and shows no certificate. */
static void
T8_a_contract_is_asked_for_no_code(void **state)
{
	struct auth_password q = of_contract("initial1");

	(void)state;
	q.head.kind = AUTH_KIND_PASSWORD;
	q.tells_hash = false;
	q.code_may_follow = true;
	assert_false(door_may_ask(&q));
	q.code_may_follow = false;
	q.mails_code = true;
	assert_false(door_may_ask(&q));
	q.mails_code = false;
	q.shows_certificate = true;
	assert_false(door_may_ask(&q));
	q.shows_certificate = false;
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_int_equal(door_code(true), AUTH_GONE);
}

/* A front that was taken over asks for what only the command line may see. */
static void
T8_a_door_is_told_no_hash(void **state)
{
	struct auth_password q =
	    door_question(AUTH_ACCOUNT, DOOR_USER, DOOR_PASSWORD);

	(void)state;
	q.head.kind = AUTH_KIND_PASSWORD;
	q.tells_hash = true;
	assert_false(door_may_ask(&q));
	assert_string_equal(fake_calls_asked(), "");
}

/* Nor how to write to somebody; the code page shows where the mail went. */
static void
T8_R_WEB_2_a_door_is_told_a_part_of_the_address(void **state)
{
	struct facts_account *a = &fake_accounts.holder.account;

	(void)state;
	snprintf(a->email, sizeof(a->email), "taro@example.jp");
	assert_int_equal(door_login(DOOR_PASSWORD DOOR_CODE), AUTH_DONE);
	assert_string_equal(
	    door_passed.holder.account.email, "t***@example.jp");
	assert_int_equal(door_login("wrong-Pw1"), AUTH_REFUSED);
	assert_string_equal(door_passed.holder.account.email, "");
}

/* The answer does not wait for it; a wrong password is nothing to hash. */
static void
T9_a_right_password_is_hashed_anew_where_it_is_stale(void **state)
{
	(void)state;
	fake_pool.stale = true;
	assert_int_equal(door_login("wrong-Pw1"), AUTH_REFUSED);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed");
	assert_int_equal(door_login(DOOR_PASSWORD DOOR_CODE), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " hash");
	assert_int_equal(fake_accounts.rehashed, DOOR_ACCOUNT);
	assert_string_equal(fake_accounts.hash[0], DOOR_PASSWORD);
	assert_string_equal(fake_accounts.hash[1], "anew " DOOR_PASSWORD);
}

/* What is proved there is compared with the row once more. */
static void
T9_the_command_line_leaves_a_hash_as_it_is(void **state)
{
	struct auth_password q =
	    door_question(AUTH_ACCOUNT, DOOR_USER, DOOR_PASSWORD);

	(void)state;
	fake_pool.stale = true;
	assert_int_equal(door_try(&q), AUTH_DONE);
	assert_string_equal(
	    fake_calls_asked(), "address account place password");
}

/* Whoever it is: wrong, closed, or no name at all; not who was right. */
static void
T1_who_is_refused_is_counted_over_all_accounts(void **state)
{
	struct auth_password nobody = door_question(AUTH_NOBODY, "", "");

	(void)state;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_DONE);
	assert_int_equal(door_failures.total, 0);
	assert_int_equal(door_login("wrong-Pw1"), AUTH_REFUSED);
	fake_accounts.holder.account.state = FACTS_CLOSED;
	assert_int_equal(door_login(DOOR_PASSWORD), AUTH_REFUSED);
	assert_int_equal(door_try(&nobody), AUTH_REFUSED);
	assert_int_equal(door_failures.total, 3);
	fake_pool.full = true;
	assert_int_equal(door_login("wrong-Pw1"), AUTH_FULL);
	assert_int_equal(door_failures.total, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, door_open, door_shut)
#define TEST_PROOFS(f)                                                         \
	cmocka_unit_test_setup_teardown(f, door_open_with_proofs, door_shut)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(R_AUTH_1_a_right_password_gives_a_handle_and_the_facts),
		TEST(T8_a_door_is_told_no_hash),
		TEST(T8_R_WEB_2_a_door_is_told_a_part_of_the_address),
		TEST(I_15_R_AUTH_4_unknown_and_wrong_hear_the_same),
		TEST(I_15_what_is_no_name_and_password_takes_as_long),
		TEST(I_15_what_a_hash_costs_is_learned_before_it_is_evaluated),
		TEST(F_59_without_memory_a_password_is_nobodys_failure),
		TEST(F_59_without_memory_auth_is_down_and_not_full),
		TEST(R_LOCK_2_A_07_what_is_locked_is_not_evaluated),
		TEST(I_15_who_is_closed_or_suspended_is_counted_as_nobody_is),
		TEST(R_LOCK_8_a_lock_is_told_and_not_waited_for),
		TEST_PROOFS(I_11_a_hash_is_told_only_to_who_asks_for_it),
		TEST(R_AUTH_5_I_7_I_13_limits_are_told_apart),
		TEST(T9_a_right_password_is_hashed_anew_where_it_is_stale),
		TEST_PROOFS(T9_the_command_line_leaves_a_hash_as_it_is),
		TEST(T1_who_is_refused_is_counted_over_all_accounts),
		TEST(F_24_F_36_what_cannot_be_asked_ends_the_attempt),
		TEST(T8_a_contract_is_asked_for_no_code),
		TEST(T8_R_LOCK_7_a_contract_is_never_an_account),
		TEST_PROOFS(R_LOCK_7_a_contract_takes_the_same_ladder),
		TEST_PROOFS(R_ACC_2_a_password_that_is_used_up_fits_nothing),
		TEST_PROOFS(R_LOCK_7_a_blocked_contract_is_not_evaluated),
		TEST_PROOFS(R_LOCK_8_the_command_line_tells_a_lock_by_user_ID),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
