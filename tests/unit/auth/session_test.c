/* FAKES: accounts attempts calls clock ipc loop pool proofs */
/*
 * A session of the member area: begun in the database with the password, and
 * what is asked by it: a password for somebody else, and that Redis follows.
 */
#include "tests/lib/auth_door.h"

#include <string.h>

#define TOKEN 0x70

static struct auth_password
log_in(const char *password)
{
	struct auth_password q =
	    door_question(AUTH_ACCOUNT, DOOR_USER, password);

	q.code_may_follow = false;
	q.alone = q.wants_voucher = q.for_session = true;
	q.shows_certificate = true;
	memset(&q.session, TOKEN, sizeof(q.session));
	memcpy(q.profile, "person", sizeof("person"));
	return q;
}

static enum auth_end
log_in_without(const char *store)
{
	struct auth_password q = log_in(DOOR_PASSWORD);

	door_ask(&q);
	fake_calls_fault(store, FAKE_IS_DOWN, NULL);
	door_wait();
	return door_passed.end;
}

static enum auth_end
try_log_in(const char *password)
{
	struct auth_password q = log_in(password);

	return door_try(&q);
}

static void
I_14_a_right_password_begins_a_session_with_the_limits(void **state)
{
	struct digest token;

	(void)state;
	memset(&token, TOKEN, sizeof(token));
	assert_int_equal(try_log_in(DOOR_PASSWORD), AUTH_DONE);
	assert_string_equal(
	    fake_calls_asked(), DOOR_ASKS_WHO " session back neutral");
	assert_true(digest_equal(&fake_proofs.token, &token));
	assert_string_equal(fake_proofs.hash, DOOR_PASSWORD);
	assert_int_equal(fake_proofs.lives_s, DOOR_SESSION_S);
	assert_int_equal(fake_proofs.limits.lifts, 3);
	assert_int_equal(fake_proofs.limits.passwords, 4);
	assert_int_equal(fake_proofs.limits.closes, 5);
	assert_int_equal(fake_attempts.places, 0);
}

static void
I_14_nobody_else_has_one(void **state)
{
	(void)state;
	assert_int_equal(try_log_in("Wrong-pw-1"), AUTH_REFUSED);
	assert_null(strstr(fake_calls_asked(), "session"));
	fake_accounts.holder.account.temporary_password = true;
	assert_int_equal(try_log_in(DOOR_PASSWORD), AUTH_DONE);
	assert_null(strstr(fake_calls_asked(), "session"));
}

/* What was changed between proof and session is not waved through. */
static void
I_14_a_password_that_has_just_changed_is_asked_for_again(void **state)
{
	(void)state;
	fake_proofs.changed = true;
	assert_int_equal(try_log_in(DOOR_PASSWORD), AUTH_BUSY);
	assert_int_equal(fake_attempts.places, 0);
	assert_int_equal(log_in_without("session"), AUTH_DOWN);
}

/* It begins with the hash that stands there. */
static void
R_ACC_9_a_session_waits_for_the_new_hash(void **state)
{
	(void)state;
	fake_pool.stale = true;
	assert_int_equal(try_log_in(DOOR_PASSWORD), AUTH_DONE);
	assert_string_equal(
	    fake_calls_asked(), DOOR_ASKS_WHO " hash session back neutral");
	assert_string_equal(fake_proofs.hash, "anew " DOOR_PASSWORD);
}

/* ----------------------------------------------------------- a password */

static bool
ask_make(void)
{
	struct auth_make q = { .head = { .kind = AUTH_KIND_MAKE, .id = 5 },
		.handle.number = 77 };

	memset(&q.session, TOKEN, sizeof(q.session));
	door_heard = 0;
	return door_take(&q.head, sizeof(q));
}

static enum auth_end
make(void)
{
	assert_true(ask_make());
	door_wait();
	return door_made.end;
}

static void
R_ACC_7_a_master_s_session_has_a_password_made(void **state)
{
	char first[sizeof(door_made.password)];

	(void)state;
	assert_int_equal(make(), AUTH_DONE);
	assert_int_equal(strlen(door_made.password), 12);
	assert_memory_equal(door_made.hash, "anew ", 5);
	assert_string_equal(door_made.hash + 5, door_made.password);
	memcpy(first, door_made.password, sizeof(first));
	assert_int_equal(make(), AUTH_DONE);
	assert_string_not_equal(door_made.password, first);
}

static void
T8_no_other_session_has_one_made(void **state)
{
	static const char nothing[sizeof(door_made.password)];

	(void)state;
	fake_proofs.changed = true;
	assert_int_equal(make(), AUTH_GONE);
	assert_memory_equal(door_made.password, nothing, sizeof(nothing));
	assert_memory_equal(door_made.hash, nothing, sizeof(nothing));
	fake_calls_fault("may-give", FAKE_IS_DOWN, NULL);
	assert_int_equal(make(), AUTH_DOWN);
	assert_int_equal(door_failures.total, 0);
}

/* --------------------------------------------------------------- Redis */

static enum auth_end
settle(void)
{
	struct auth_settle q = { .head = { .kind = AUTH_KIND_SETTLE, .id = 6 },
		.handle.number = 78 };

	memset(&q.session, TOKEN, sizeof(q.session));
	door_heard = 0;
	assert_true(door_take(&q.head, sizeof(q)));
	door_wait();
	return door_done;
}

static void
owes(enum proofs_owes what, const char *name, bool contract)
{
	fake_proofs.owed = (struct proofs_owed){
		.owes = what, .name = name, .contract = contract
	};
}

/* Until there is nothing more; whose counters these are it says, too. */
static void
R_LOCK_6_redis_follows_what_the_database_says(void **state)
{
	(void)state;
	owes(PROOFS_LIFT, "lifted001", false);
	assert_int_equal(settle(), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), "owed lift settle-owed owed");
	assert_string_equal(fake_attempts.user_id, "lifted001");
	assert_false(fake_attempts.contract);
	assert_string_equal(fake_proofs.name, "lifted001");
	fake_calls_reset();
	owes(PROOFS_CODE, "dropped01", false);
	assert_int_equal(settle(), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), "owed drop settle-owed owed");
	assert_string_equal(fake_attempts.user_id, "dropped01");
}

static void
R_LOCK_7_so_it_does_for_a_contract(void **state)
{
	(void)state;
	owes(PROOFS_LIFT, "12345678", true);
	assert_int_equal(settle(), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), "owed lift settle-owed owed");
	assert_string_equal(fake_attempts.user_id, "12345678");
	assert_true(fake_attempts.contract);
}

static void
T8_nothing_is_lifted_that_was_not_lifted_there(void **state)
{
	(void)state;
	owes(PROOFS_NOTHING, "", false);
	assert_int_equal(settle(), AUTH_DONE);
	assert_string_equal(fake_calls_asked(), "owed");
}

/* It stays owed until it is done. */
static void
X_06_where_redis_is_away_it_is_owed_still(void **state)
{
	(void)state;
	owes(PROOFS_LIFT, "lifted001", false);
	fake_calls_fault("lift", FAKE_IS_DOWN, NULL);
	assert_int_equal(settle(), AUTH_DOWN);
	assert_string_equal(fake_calls_asked(), "owed lift");
}

int
main(void)
{
#define DOOR(test) cmocka_unit_test_setup_teardown(test, door_open, door_shut)
	const struct CMUnitTest tests[] = {
		DOOR(I_14_a_right_password_begins_a_session_with_the_limits),
		DOOR(I_14_nobody_else_has_one),
		DOOR(I_14_a_password_that_has_just_changed_is_asked_for_again),
		DOOR(R_ACC_9_a_session_waits_for_the_new_hash),
		DOOR(R_ACC_7_a_master_s_session_has_a_password_made),
		DOOR(T8_no_other_session_has_one_made),
		DOOR(R_LOCK_6_redis_follows_what_the_database_says),
		DOOR(R_LOCK_7_so_it_does_for_a_contract),
		DOOR(T8_nothing_is_lifted_that_was_not_lifted_there),
		DOOR(X_06_where_redis_is_away_it_is_owed_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
