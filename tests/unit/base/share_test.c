/*
 * Room that is shared: nobody's flood leaves nothing to the others.
 */
#include "base/share.h"

#include "tests/lib/test.h"

static char a, b, c;

static unsigned
take_all(struct share *s, const void *who)
{
	unsigned n = 0;

	while (share_take(s, who))
		n++;
	return n;
}

static void
give(struct share *s, const void *who, unsigned n)
{
	while (n-- > 0)
		share_give(s, who);
}

static void
I_13_whoever_comes_finds_room(void **state)
{
	struct share *s = share_new(64);

	(void)state;
	assert_int_equal(take_all(s, &a), 32);
	assert_int_equal(take_all(s, &b), 16);
	assert_int_equal(take_all(s, &c), 8);
	assert_false(share_take(s, &a));
	give(s, &a, 32);
	assert_int_equal(take_all(s, &b), 12); /* 28, and 28 are left */
	give(s, &b, 28);
	give(s, &c, 8);
	assert_int_equal(take_all(s, &c), 32);
	give(s, &c, 32);
	share_free(s);
}

static void
I_13_the_last_place_is_one(void **state)
{
	struct share *s = share_new(1);

	(void)state;
	assert_true(share_take(s, &a));
	assert_false(share_take(s, &a));
	assert_false(share_take(s, &b));
	share_give(s, &a);
	assert_true(share_take(s, &b));
	share_give(s, &b);
	share_free(s);
	share_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(I_13_whoever_comes_finds_room),
		cmocka_unit_test(I_13_the_last_place_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
