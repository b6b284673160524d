/* FAKES: accounts attempts calls clock ipc loop pool proofs */
/*
 * How an attempt ends when it is not answered to its end: its door leaves it,
 * forgets it, vanishes, asks too late, or auth closes.
 */
#include "tests/lib/auth_door.h"

static void
a_handle_lives_as_long_as_its_place(void **state)
{
	(void)state;
	door_login(DOOR_PASSWORD);
	fake_clock_pass_s(ATTEMPTS_PLACE_LIFE_S - 1);
	assert_int_equal(door_code(true), AUTH_DONE);
	door_login(DOOR_PASSWORD);
	fake_clock_pass_s(ATTEMPTS_PLACE_LIFE_S);
	assert_int_equal(door_code(true), AUTH_GONE);
	/* Whose door has not come back has vanished. */
	fake_calls_pump();
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed");
}

static void
a_handle_is_for_its_own_attempt(void **state)
{
	struct auth_handle first;

	(void)state;
	door_login(DOOR_PASSWORD);
	first = door_handle;
	door_login(DOOR_PASSWORD);
	assert_int_not_equal(first.number, door_handle.number);
	assert_int_equal(door_code(true), AUTH_DONE);
	door_handle = first;
	door_end(AUTH_KIND_VANISH);
	assert_int_equal(door_code(true), AUTH_GONE);
	door_handle.number = 0;
	assert_int_equal(door_code(true), AUTH_GONE);
}

static void
F_02_who_vanishes_has_tried_and_who_is_left_has_not(void **state)
{
	(void)state;
	door_ask_login("wrong-Pw1");
	door_end(AUTH_KIND_VANISH);
	fake_calls_pump();
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed");

	door_ask_login(DOOR_PASSWORD);
	door_end(AUTH_KIND_VANISH);
	fake_calls_pump();
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed");

	door_login(DOOR_PASSWORD);
	door_end(AUTH_KIND_VANISH);
	fake_calls_pump();
	assert_int_equal(fake_attempts.places, 0);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed");

	door_login(DOOR_PASSWORD);
	door_end(AUTH_KIND_LEAVE_SAID);
	fake_calls_pump();
	assert_int_equal(fake_attempts.places, 0);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " neutral");
	assert_int_equal(door_heard, 0);
}

static void
leaving_is_answered_where_it_is_asked(void **state)
{
	(void)state;
	door_login(DOOR_PASSWORD);
	door_end(AUTH_KIND_LEAVE);
	door_wait();
	assert_int_equal(door_done, AUTH_DONE);
	assert_int_equal(fake_attempts.places, 0);
	/* Nothing is there to give back. */
	door_end(AUTH_KIND_LEAVE);
	door_wait();
	assert_int_equal(door_done, AUTH_DONE);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " neutral");
}

static unsigned left_at;

static void
leave_it(void)
{
	left_at++;
	door_end(AUTH_KIND_LEAVE_SAID);
}

/* Its deadline has passed: what Redis is about to take it gives back. */
static void
who_is_left_while_his_place_is_taken_has_not_tried(void **state)
{
	static const char *const at[] = { "address", "holder", "place",
		"password" };

	(void)state;
	for (size_t i = 0; i < COUNT(at); i++) {
		left_at = 0;
		door_ask_login("wrong-Pw1");
		fake_calls_fault(at[i], FAKE_GONE, leave_it);
		fake_calls_pump();
		assert_int_equal(left_at, 1);
		assert_int_equal(fake_attempts.places, 0);
		assert_null(strstr(fake_calls_asked(), "failed"));
		assert_int_equal(door_heard, 0);
	}
}

/* Its lock is told, as that of any other. */
static void
R_LOCK_8_who_vanishes_is_locked_as_anybody(void **state)
{
	(void)state;
	fake_attempts.failed =
	    (struct attempts_settled){ .locked_now = true, .lock_number = 1 };
	door_ask_login("wrong-Pw1");
	door_end(AUTH_KIND_VANISH);
	fake_calls_pump();
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed lock");
}

/* As if each of its clients had gone. */
static void
F_02_with_a_door_its_attempts_are_gone(void **state)
{
	(void)state;
	door_login(DOOR_PASSWORD);
	door_gone();
	fake_calls_pump();
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed");
	door_ask_login(DOOR_PASSWORD);
	door_gone();
	door_gone();
	fake_calls_pump();
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " failed");
	assert_int_equal(fake_attempts.places, 0);
	assert_int_equal(door_heard, 0);
	assert_int_equal(door_code(true), AUTH_GONE);
}

static void
nobody_is_answered_when_auth_has_closed(void **state)
{
	(void)state;
	door_ask_login(DOOR_PASSWORD);
	door_close();
	fake_calls_pump();
	assert_int_equal(door_heard, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, door_open, door_shut)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_handle_lives_as_long_as_its_place),
		TEST(a_handle_is_for_its_own_attempt),
		TEST(F_02_who_vanishes_has_tried_and_who_is_left_has_not),
		TEST(leaving_is_answered_where_it_is_asked),
		TEST(who_is_left_while_his_place_is_taken_has_not_tried),
		TEST(R_LOCK_8_who_vanishes_is_locked_as_anybody),
		TEST(F_02_with_a_door_its_attempts_are_gone),
		TEST(nobody_is_answered_when_auth_has_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
