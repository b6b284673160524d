#include "mailer/retry.h"

#include "tests/lib/test.h"

#define NOW 1795165200
#define TRIES 200

/* The least and most wait of many; each must be wanted - 1/4 .. wanted. */
static void
waits(struct retry r, unsigned attempts, time_t wanted)
{
	time_t least = NOW, most = 0, next;

	r.attempts = attempts;
	for (int i = 0; i < TRIES; i++) {
		assert_true(retry_at(&r, NOW, &next));
		if (next - NOW < least)
			least = next - NOW;
		if (next - NOW > most)
			most = next - NOW;
	}
	assert_in_range(least, wanted - wanted / 4, wanted);
	assert_in_range(most, least, wanted);
	if (wanted >= 60)
		assert_int_not_equal(least, most);
}

static void
R_MAIL_4_notices_wait_longer_each_time_up_to_an_hour(void **state)
{
	static const time_t wanted[] = { 5, 15, 45, 135, 405, 1215, 3600,
		3600 };
	struct retry r = {
		.made_at = NOW, .give_up_h = 120, .first_s = 5, .last_s = 3600
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(wanted); i++)
		waits(r, i, wanted[i]);
	waits(r, 4000000000U, 3600);
}

static void
R_MAIL_4_codes_are_tried_often(void **state)
{
	static const time_t wanted[] = { 2, 4, 8, 16, 30, 30 };
	struct retry r = { .urgent = true,
		.made_at = NOW,
		.dies_at = NOW + 1800,
		.give_up_h = 120,
		.first_s = 5,
		.last_s = 3600 };

	(void)state;
	for (unsigned i = 0; i < COUNT(wanted); i++)
		waits(r, i, wanted[i]);
}

static void
R_MAIL_4_given_up_after_its_time_and_not_before(void **state)
{
	struct retry r = {
		.attempts = 50, .give_up_h = 120, .first_s = 5, .last_s = 3600
	};
	time_t last = NOW, next;

	(void)state;
	r.made_at = last - 120 * 3600;
	assert_true(retry_at(&r, last - 1, &next));
	assert_int_equal(next, last); /* once more, at the very end */
	assert_false(retry_at(&r, last, &next));
	assert_false(retry_at(&r, last + 1, &next));
}

static void
R_MAIL_4_waits_as_it_is_told(void **state)
{
	static const time_t wanted[] = { 1, 2, 2 };
	struct retry r = {
		.made_at = NOW, .give_up_h = 120, .first_s = 1, .last_s = 2
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(wanted); i++)
		waits(r, i, wanted[i]);
	r.urgent = true;
	r.dies_at = NOW + 1800;
	for (unsigned i = 0; i < COUNT(wanted); i++)
		waits(r, i, wanted[i]);
}

/* Its death ends it, not the time for notices. */
static void
what_dies_is_not_given_up_before(void **state)
{
	struct retry r = { .urgent = true,
		.made_at = NOW - 7200,
		.dies_at = NOW + 100,
		.give_up_h = 1,
		.first_s = 5,
		.last_s = 3600 };
	time_t next;

	(void)state;
	assert_true(retry_at(&r, NOW, &next));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    R_MAIL_4_notices_wait_longer_each_time_up_to_an_hour),
		cmocka_unit_test(R_MAIL_4_codes_are_tried_often),
		cmocka_unit_test(
		    R_MAIL_4_given_up_after_its_time_and_not_before),
		cmocka_unit_test(R_MAIL_4_waits_as_it_is_told),
		cmocka_unit_test(what_dies_is_not_given_up_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
