/* FAKES: clock */
#include "mailer/claimed.h"

#include "tests/lib/fake_clock.h"
#include "tests/lib/test.h"

#define ROOM 4

static struct claimed *claimed;

static int
begin(void **state)
{
	(void)state;
	claimed = claimed_new(ROOM);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	claimed_free(claimed);
	return 0;
}

static void
put(int64_t id, bool code)
{
	struct outbox_mail m = { .id = id, .dies_at = code ? 1 : 0 };

	claimed_put(claimed, &m);
}

/* The id of the next one; 0: there is none, -id: it is stale. */
static int64_t
take(bool codes_only)
{
	struct outbox_mail m;
	bool stale;

	if (!claimed_take(claimed, codes_only, &m, &stale))
		return 0;
	return stale ? -m.id : m.id;
}

static void
F_54_codes_first_the_others_as_they_came(void **state)
{
	(void)state;
	put(1, false);
	put(2, true);
	put(3, false);
	put(4, true);
	assert_int_equal(claimed_room(claimed), 0);
	assert_int_equal(take(false), 2);
	assert_int_equal(take(false), 4);
	assert_int_equal(take(false), 1);
	put(5, true);
	assert_int_equal(take(false), 5);
	assert_int_equal(take(false), 3);
	assert_int_equal(take(false), 0);
	assert_int_equal(claimed_room(claimed), ROOM);
}

static void
F_54_places_for_codes_get_nothing_else(void **state)
{
	(void)state;
	put(1, false);
	assert_int_equal(take(true), 0);
	put(2, true);
	assert_int_equal(take(true), 2);
	assert_int_equal(take(true), 0);
	assert_int_equal(claimed_room(claimed), ROOM - 1);
}

static void
F_55_what_lay_for_half_of_its_lease_is_stale(void **state)
{
	(void)state;
	put(1, false);
	fake_clock_pass_s(10);
	put(2, false);
	put(3, false);
	fake_clock_pass_s(OUTBOX_LEASE_S / 2 - 5);
	assert_int_equal(take(false), -1);
	assert_int_equal(take(false), 2);
	fake_clock_pass_s(6);
	assert_int_equal(take(false), -3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
		EACH(F_54_codes_first_the_others_as_they_came),
		EACH(F_54_places_for_codes_get_nothing_else),
		EACH(F_55_what_lay_for_half_of_its_lease_is_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
