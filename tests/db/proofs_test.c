/*
 * What is proved before there is a session, as the command line asks for it in
 * the role of koshin_auth: users and contracts by their names, and their
 * locks; and the session that a proof begins.
 */
#include "db/proofs.h"

#include "base/clock.h"
#include "tests/lib/db_test.h"
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

static struct proofs *proofs;
static bool heard;
static enum db_rc rc;
static struct facts_account found;

static int
begin(void **state)
{
	if (db_begin(state) != 0)
		return -1;
	proofs = proofs_open(db_base, db_as("koshin_auth"));
	for (int i = 0; i < 500 && !proofs_up(proofs); i++)
		db_run_ms(10);
	return proofs_up(proofs) ? 0 : -1;
}

static int
end(void **state)
{
	proofs_close(proofs);
	return db_end(state);
}

static void
on_holder(void *arg, enum db_rc how, const struct facts_holder *holder)
{
	(void)arg;
	assert_false(heard);
	heard = true;
	rc = how;
	found = holder->account;
}

static void
on_done(void *arg, enum db_rc how)
{
	(void)arg;
	assert_false(heard);
	heard = true;
	rc = how;
}

static void
wait(void)
{
	assert_false(heard); /* not before it was asked */
	db_wait(&heard);
	heard = false;
}

static void
find_account(const char *user_id)
{
	proofs_find_account(proofs, user_id, on_holder, NULL);
	wait();
}

static void
find_contract(const char *number)
{
	proofs_find_contract(proofs, number, on_holder, NULL);
	wait();
}

static void
name_of(int64_t account, const char *column, char out[64])
{
	snprintf(out, 64, "%s",
	    db_get("SELECT %s FROM koshin.account WHERE id = %lld", column,
		(long long)account));
}

static void
an_account_is_found_with_what_proves_it(void **state)
{
	int64_t account = db_new_account();
	char user[64], contract[64];

	(void)state;
	name_of(account, "user_id", user);
	name_of(account, "contract", contract);
	find_account(user);
	assert_int_equal(rc, DB_OK);
	assert_int_equal(found.id, account);
	assert_string_equal(found.user_id, user);
	assert_string_equal(found.contract, contract);
	assert_int_equal(found.state, FACTS_ACTIVE);
	assert_string_equal(found.password_hash,
	    db_get("SELECT password_hash FROM koshin.account WHERE id = %lld",
		(long long)account));
	assert_true(found.password_hash[0] != '\0');
	assert_false(found.temporary_password);
}

static void
a_contract_is_found_as_an_account_without_id(void **state)
{
	char number[64];

	(void)state;
	name_of(db_new_account(), "contract", number);
	db_do("UPDATE koshin.contract SET initial_password_hash = 'used'"
	      " WHERE number = '%s'",
	    number);
	find_contract(number);
	assert_int_equal(rc, DB_OK);
	assert_int_equal(found.id, 0);
	assert_string_equal(found.contract, number);
	assert_string_equal(found.password_hash, "used");
	/* R-ACC-2: used up. */
	db_do("UPDATE koshin.contract SET initial_password_hash = NULL"
	      " WHERE number = '%s'",
	    number);
	find_contract(number);
	assert_int_equal(rc, DB_OK);
	assert_string_equal(found.contract, number);
	assert_string_equal(found.password_hash, "");
}

static void
I_15_nobody_is_found_as_nothing(void **state)
{
	const struct facts_account nobody = { .id = 0 };

	(void)state;
	find_account("nobody01' OR 'a'='a");
	assert_int_equal(rc, DB_OK);
	assert_memory_equal(&found, &nobody, sizeof(found));
	find_contract("");
	assert_int_equal(rc, DB_OK);
	assert_memory_equal(&found, &nobody, sizeof(found));
}

/* A database that is ahead of the program. */
static void
R_ACC_an_unknown_word_is_down_and_no_master(void **state)
{
	int64_t account = db_new_account();
	char user[64];

	(void)state;
	name_of(account, "user_id", user);
	db_do("ALTER TABLE koshin.account"
	      " DROP CONSTRAINT account_role_check,"
	      " DROP CONSTRAINT account_state_check");
	db_do("UPDATE koshin.account SET role = 'auditor' WHERE id = %lld",
	    (long long)account);
	find_account(user);
	assert_int_equal(rc, DB_DOWN);
	db_do("UPDATE koshin.account SET role = 'general',"
	      " state = 'frozen' WHERE id = %lld",
	    (long long)account);
	find_account(user);
	assert_int_equal(rc, DB_DOWN);
}

static void
R_LOCK_7_R_LOCK_8_a_lock_is_told_as_it_was_decided(void **state)
{
	struct accounts_lock lock = { .number = 2, .until = clock_now() + 600 };
	int64_t account = db_new_account();
	char user[64], number[64];

	(void)state;
	name_of(account, "user_id", user);
	name_of(account, "contract", number);
	proofs_lock_contract(proofs, number, &lock, on_done, NULL);
	wait();
	find_contract(number);
	assert_int_equal(found.locks, 2);
	assert_int_equal(found.locked_until, lock.until);
	assert_int_equal(found.state, FACTS_ACTIVE);
	lock = (struct accounts_lock){
		.account = account, .number = 3, .block = true
	};
	for (int i = 0; i < 2; i++) {
		proofs_lock_account(proofs, &lock, on_done, NULL);
		wait();
		assert_int_equal(rc, DB_OK);
	}
	find_account(user);
	assert_int_equal(found.locks, 3);
	assert_int_equal(found.state, FACTS_BLOCKED);
	/* Somebody unknown has no lock, and that is no fault. */
	lock.account = -1;
	proofs_lock_account(proofs, &lock, on_done, NULL);
	wait();
	assert_int_equal(rc, DB_OK);
}

static void
it_is_idle_when_what_nobody_waits_for_is_done(void **state)
{
	const struct accounts_lock lock = {
		.account = db_new_account(), .number = 1, .block = true
	};

	(void)state;
	assert_true(proofs_idle(proofs));
	call_forget(proofs_lock_account(proofs, &lock, NULL, NULL));
	assert_false(proofs_idle(proofs));
	for (int i = 0; i < 500 && !proofs_idle(proofs); i++)
		db_run_ms(10);
	assert_true(proofs_idle(proofs));
	assert_string_equal("blocked",
	    db_get("SELECT state FROM koshin.account WHERE id = %lld",
		(long long)lock.account));
}

static bool opened;

static void
on_opened(void *arg, enum db_rc how, bool open)
{
	on_done(arg, how);
	opened = open;
}

static const struct authority_limits limits = {
	.lifts = 3,
	.passwords = 4,
	.closes = 5,
	.second = { .acts =
			1U << SECOND_REVOKE_MANY | 1U << SECOND_CLOSE_CONTRACT,
	    .within_s = 60,
	    .revokes = 6 },
};

static bool
open_session(const char *token, const struct facts_account *who)
{
	struct digest known = digest_of(token, strlen(token));

	proofs_open_session(
	    proofs, &known, who, &limits, 3600, on_opened, NULL);
	wait();
	assert_int_equal(rc, DB_OK);
	return opened;
}

static void
I_14_a_session_is_opened_for_the_hash_that_holds(void **state)
{
	struct facts_account who;
	char user[64];

	(void)state;
	name_of(db_new_account(), "user_id", user);
	find_account(user);
	who = found;
	who.password_hash[0] ^= 1;
	assert_false(open_session("changed", &who));
	assert_true(open_session("right", &found));
	assert_true(open_session("right", &found)); /* sent twice */
	assert_string_equal("1",
	    db_get("SELECT count(*) FROM koshin.session WHERE account = %lld",
		(long long)found.id));
	assert_string_equal(
	    "3 4 5", db_get("SELECT concat_ws(' ', lifts, passwords, closes)"
			    " FROM koshin.session WHERE account = %lld",
			 (long long)found.id));
	db_do("UPDATE koshin.account SET state = 'blocked' WHERE id = %lld",
	    (long long)found.id);
	assert_false(open_session("blocked", &found));
}

/* The settings are auth's, and the database knows none. */
static void
R_OPS_4_a_session_knows_what_takes_two(void **state)
{
	char user[64];

	(void)state;
	name_of(db_new_account(), "user_id", user);
	find_account(user);
	assert_true(open_session("two", &found));
	assert_string_equal("{revoke-many,close-contract} 00:01:00 6",
	    db_get("SELECT concat_ws(' ', seconded, second_within, revokes)"
		   " FROM koshin.session WHERE account = %lld",
		(long long)found.id));
}

/* Whoever comes now finds those that are over, and nobody else's. */
static void
I_14_sessions_that_are_over_are_cleared_away(void **state)
{
	char user[64];

	(void)state;
	name_of(db_new_account(), "user_id", user);
	find_account(user);
	assert_true(open_session("old", &found));
	assert_true(open_session("young", &found));
	db_do("UPDATE koshin.session SET ends_at = now()"
	      " WHERE token_digest = sha256('old')");
	assert_true(open_session("new", &found));
	assert_string_equal("2",
	    db_get("SELECT count(*) FROM koshin.session WHERE account = %lld",
		(long long)found.id));
}

static void
R_ACC_2_a_session_of_an_initial_password_has_no_account(void **state)
{
	char number[64];

	(void)state;
	name_of(db_new_account(), "contract", number);
	db_do("UPDATE koshin.contract SET initial_password_hash = 'first'"
	      " WHERE number = '%s'",
	    number);
	find_contract(number);
	assert_true(open_session("master", &found));
	assert_string_equal(
	    "t", db_get("SELECT account IS NULL FROM koshin.session"
			" WHERE contract = '%s'",
		     number));
	db_do("UPDATE koshin.contract SET initial_password_hash = NULL"
	      " WHERE number = '%s'",
	    number);
	assert_false(open_session("used up", &found));
}

static enum proofs_owes owes;
static char debt[64]; /* whose it is */
static bool of_contract;

static void
on_owed(void *arg, enum db_rc how, const struct proofs_owed *owed)
{
	on_done(arg, how);
	owes = owed->owes;
	of_contract = owed->contract;
	snprintf(debt, sizeof(debt), "%s", owed->name);
}

static void
find_owed(const char *token)
{
	struct digest known = digest_of(token, strlen(token));

	proofs_find_owed(proofs, &known, on_owed, NULL);
	wait();
	assert_int_equal(rc, DB_OK);
}

static void
settle_owed(const char *token)
{
	struct digest known = digest_of(token, strlen(token));
	char name[sizeof(debt)];

	memcpy(name, debt, sizeof(name));
	proofs_settle(proofs, &known, name, of_contract, on_done, NULL);
	wait();
	assert_int_equal(rc, DB_OK);
}

static bool
may_give(const char *token)
{
	struct digest known = digest_of(token, strlen(token));

	proofs_may_give(proofs, &known, on_opened, NULL);
	wait();
	assert_int_equal(rc, DB_OK);
	return opened;
}

/* What a lift, and a password, leave to be done in Redis; it is done once. */
static void
R_LOCK_6_what_a_session_owes_to_redis_is_known(void **state)
{
	char user[64], general[64];
	int64_t master = db_new_account();

	(void)state;
	name_of(master, "user_id", user);
	find_account(user);
	assert_true(open_session("debtor", &found));
	assert_true(may_give("debtor"));
	assert_false(may_give("nobody"));
	snprintf(general, sizeof(general), "owed%lld", (long long)master);
	db_do(
	    "INSERT INTO koshin.account (user_id, contract, role, name, email,"
	    " password_hash, state) SELECT '%s', contract, 'general', 'X',"
	    " 'x@example.jp', password_hash, 'blocked' FROM koshin.account"
	    " WHERE id = %lld",
	    general, (long long)master);
	find_owed("debtor");
	assert_int_equal(owes, PROOFS_NOTHING);
	db_do("SELECT koshin.enter_session('debtor', false);"
	      " SELECT koshin.give_password('', '%s', '$argon2id$x')",
	    general);
	find_owed("debtor");
	assert_int_equal(owes, PROOFS_CODE);
	assert_string_equal(debt, general);
	assert_false(of_contract);
	db_do("SELECT koshin.lift_account('', '%s', 'why')", general);
	find_owed("another");
	assert_int_equal(owes, PROOFS_NOTHING);
	find_owed("debtor");
	assert_int_equal(owes, PROOFS_LIFT);
	/* An attempt has carried the block back from Redis meanwhile. */
	db_do(
	    "UPDATE koshin.account SET state = 'blocked' WHERE user_id = '%s'",
	    general);
	settle_owed("debtor");
	assert_string_equal("active",
	    db_get("SELECT state FROM koshin.account WHERE user_id = '%s'",
		general));
	find_owed("debtor");
	assert_int_equal(owes, PROOFS_NOTHING);
	/* What was not taken at once would lift what has been locked since. */
	db_do("SELECT koshin.lift_account('', '%s', 'why')", general);
	db_do("UPDATE koshin.owed SET owed_at = now() - interval '2 min'");
	find_owed("debtor");
	assert_int_equal(owes, PROOFS_NOTHING);
	db_do("SELECT koshin.end_session()");
	assert_false(may_give("debtor"));
}

/* It is an operator who has lifted it. */
static void
R_LOCK_7_what_is_owed_of_a_contract_is_known(void **state)
{
	char user[64], number[64];
	int64_t operator_ = db_new_account(), other = db_new_account();

	(void)state;
	db_do("UPDATE koshin.account SET role = 'operator' WHERE id = %lld",
	    (long long)operator_);
	name_of(operator_, "user_id", user);
	name_of(other, "contract", number);
	find_account(user);
	assert_true(open_session("lifter", &found));
	db_do("UPDATE koshin.contract SET state = 'blocked' WHERE number ="
	      " '%s'",
	    number);
	/* This connection was somebody else's before. */
	db_do("SET koshin.token TO '';"
	      " SELECT koshin.enter_session('lifter', false);"
	      " SELECT koshin.lift_contract('', '%s', 'why')",
	    number);
	find_owed("lifter");
	assert_int_equal(owes, PROOFS_LIFT);
	assert_string_equal(debt, number);
	assert_true(of_contract);
	/* An attempt has carried the block back from Redis meanwhile. */
	db_do("UPDATE koshin.contract SET state = 'blocked' WHERE number ="
	      " '%s'",
	    number);
	settle_owed("lifter");
	assert_string_equal("active",
	    db_get("SELECT state FROM koshin.contract WHERE number = '%s'",
		number));
	find_owed("lifter");
	assert_int_equal(owes, PROOFS_NOTHING);
	db_do("SELECT koshin.end_session()");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_is_found_with_what_proves_it),
		cmocka_unit_test(a_contract_is_found_as_an_account_without_id),
		cmocka_unit_test(I_15_nobody_is_found_as_nothing),
		cmocka_unit_test(
		    R_LOCK_7_R_LOCK_8_a_lock_is_told_as_it_was_decided),
		cmocka_unit_test(it_is_idle_when_what_nobody_waits_for_is_done),
		cmocka_unit_test(
		    I_14_a_session_is_opened_for_the_hash_that_holds),
		cmocka_unit_test(I_14_sessions_that_are_over_are_cleared_away),
		cmocka_unit_test(R_OPS_4_a_session_knows_what_takes_two),
		cmocka_unit_test(
		    R_ACC_2_a_session_of_an_initial_password_has_no_account),
		/* The last one: it takes constraints away. */
		cmocka_unit_test(R_ACC_an_unknown_word_is_down_and_no_master),
		cmocka_unit_test(
		    R_LOCK_6_what_a_session_owes_to_redis_is_known),
		cmocka_unit_test(R_LOCK_7_what_is_owed_of_a_contract_is_known),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
