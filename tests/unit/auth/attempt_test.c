/* FAKES: accounts attempts calls clock loop pool proofs */
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
	assert_int_equal(door_mail("person"), AUTH_DONE);
	door_login(DOOR_PASSWORD);
	fake_clock_pass_s(ATTEMPTS_PLACE_LIFE_S);
	assert_int_equal(door_mail("person"), AUTH_GONE);
	/* Redis counts it: nobody settles. */
	assert_int_equal(fake_attempts.places, 1);
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
	assert_int_equal(door_mail("person"), AUTH_DONE);
	door_handle = first;
	auth_vanish(door_auth, door_handle);
	assert_int_equal(door_mail("person"), AUTH_GONE);
	door_handle.number = 0;
	assert_int_equal(door_mail("person"), AUTH_GONE);
}

static void
F_02_who_vanishes_has_tried_and_who_is_left_has_not(void **state)
{
	(void)state;
	door_ask_login("wrong-Pw1");
	call_forget(door_call);
	auth_vanish(door_auth, door_handle);
	fake_calls_pump();
	assert_string_equal(fake_calls_asked(), "address");

	door_login(DOOR_PASSWORD);
	auth_vanish(door_auth, door_handle);
	fake_calls_pump();
	assert_int_equal(fake_attempts.places, 1);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO);

	fake_attempts.places = 0;
	door_login(DOOR_PASSWORD);
	assert_null(auth_leave(door_auth, door_handle, NULL, NULL));
	fake_calls_pump();
	assert_int_equal(fake_attempts.places, 0);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " neutral");
	assert_int_equal(door_heard, 0);
}

static void
leaving_is_answered_where_somebody_listens(void **state)
{
	(void)state;
	door_login(DOOR_PASSWORD);
	auth_leave(door_auth, door_handle, door_on_done, NULL);
	door_wait();
	assert_int_equal(door_done, AUTH_DONE);
	assert_int_equal(fake_attempts.places, 0);
	/* Nothing is there to give back. */
	auth_leave(door_auth, door_handle, door_on_done, NULL);
	door_wait();
	assert_int_equal(door_done, AUTH_DONE);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO " neutral");
}

/* Where a door only forgets, the attempt ends with the answer that comes. */
static void
a_call_that_is_forgotten_is_not_answered(void **state)
{
	(void)state;
	door_ask_login(DOOR_PASSWORD);
	call_forget(door_call);
	fake_calls_pump();
	assert_int_equal(door_heard, 0);
	assert_string_equal(fake_calls_asked(), "address");
	assert_int_equal(door_mail("person"), AUTH_GONE);
}

static void
what_is_open_when_auth_closes_is_answered_down(void **state)
{
	(void)state;
	door_ask_login(DOOR_PASSWORD);
	auth_close(door_auth);
	door_auth = NULL;
	assert_int_equal(door_heard, 1);
	assert_int_equal(door_passed.end, AUTH_DOWN);
	fake_calls_pump();
	assert_int_equal(door_heard, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, door_open, door_shut)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_handle_lives_as_long_as_its_place),
		TEST(a_handle_is_for_its_own_attempt),
		TEST(F_02_who_vanishes_has_tried_and_who_is_left_has_not),
		TEST(leaving_is_answered_where_somebody_listens),
		TEST(a_call_that_is_forgotten_is_not_answered),
		TEST(what_is_open_when_auth_closes_is_answered_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
