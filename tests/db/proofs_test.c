/*
 * What is proved before there is a session, as koshin_member may ask for it:
 * users and contracts by their names, and their locks.
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
	proofs = proofs_open(db_base, db_as("koshin_member"));
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
	lock = (struct accounts_lock){ .number = 3, .block = true };
	for (int i = 0; i < 2; i++) {
		proofs_lock_account(proofs, user, &lock, on_done, NULL);
		wait();
		assert_int_equal(rc, DB_OK);
	}
	find_account(user);
	assert_int_equal(found.locks, 3);
	assert_int_equal(found.state, FACTS_BLOCKED);
	/* Somebody unknown has no lock, and that is no fault. */
	proofs_lock_account(proofs, "nobody01", &lock, on_done, NULL);
	wait();
	assert_int_equal(rc, DB_OK);
}

static void
it_is_idle_when_what_nobody_waits_for_is_done(void **state)
{
	const struct accounts_lock lock = { .number = 1, .block = true };
	char user[64];

	(void)state;
	name_of(db_new_account(), "user_id", user);
	assert_true(proofs_idle(proofs));
	call_forget(proofs_lock_account(proofs, user, &lock, NULL, NULL));
	assert_false(proofs_idle(proofs));
	for (int i = 0; i < 500 && !proofs_idle(proofs); i++)
		db_run_ms(10);
	assert_true(proofs_idle(proofs));
	assert_string_equal("blocked",
	    db_get(
		"SELECT state FROM koshin.account WHERE user_id = '%s'", user));
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
		/* The last one: it takes constraints away. */
		cmocka_unit_test(R_ACC_an_unknown_word_is_down_and_no_master),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
