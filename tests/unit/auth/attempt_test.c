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
	door_end(AUTH_KIND_VANISH);
	assert_int_equal(door_mail("person"), AUTH_GONE);
	door_handle.number = 0;
	assert_int_equal(door_mail("person"), AUTH_GONE);
}

static void
F_02_who_vanishes_has_tried_and_who_is_left_has_not(void **state)
{
	(void)state;
	door_ask_login("wrong-Pw1");
	door_end(AUTH_KIND_VANISH);
	fake_calls_pump();
	assert_string_equal(fake_calls_asked(), "address");

	door_login(DOOR_PASSWORD);
	door_end(AUTH_KIND_VANISH);
	fake_calls_pump();
	assert_int_equal(fake_attempts.places, 1);
	assert_string_equal(fake_calls_asked(), DOOR_ASKS_WHO);

	fake_attempts.places = 0;
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

/* As if each of its clients had gone. */
static void
F_02_with_a_door_its_attempts_are_gone(void **state)
{
	(void)state;
	door_login(DOOR_PASSWORD);
	door_gone();
	assert_int_equal(fake_attempts.places, 1);
	door_ask_login(DOOR_PASSWORD);
	door_gone();
	fake_calls_pump();
	assert_int_equal(door_heard, 0);
	assert_int_equal(door_mail("person"), AUTH_GONE);
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
		TEST(F_02_with_a_door_its_attempts_are_gone),
		TEST(nobody_is_answered_when_auth_has_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
