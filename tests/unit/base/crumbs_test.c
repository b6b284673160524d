#include "base/crumbs.h"

#include "base/held.h"
#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

enum {
	MANY = 64,
	ALL = (4 << 20) / 32 /* that there are */
};

static void
lie_side_by_side_whatever_is_taken_between_them(void **state)
{
	char *crumb[MANY], *other[MANY];
	size_t far = 0;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		crumb[i] = crumbs_malloc(24);
		other[i] = crumbs_malloc(16000);
		memset(crumb[i], (int)i, 24);
	}
	for (unsigned i = 1; i < MANY; i++)
		far += (size_t)labs(crumb[i] - crumb[i - 1]);
	assert_true(far <= (size_t)MANY * 32);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(crumb[i][23], i);
		crumbs_free(crumb[i]);
		crumbs_free(other[i]);
	}
}

static void
what_grows_keeps_what_it_holds(void **state)
{
	char *at = crumbs_malloc(8);

	(void)state;
	memcpy(at, "seven..", 8);
	at = crumbs_realloc(at, 32);
	assert_string_equal(at, "seven..");
	at = crumbs_realloc(at, 400);
	assert_string_equal(at, "seven..");
	at = crumbs_realloc(at, 4000);
	assert_string_equal(at, "seven..");
	crumbs_free(at);
	crumbs_free(NULL);
	at = crumbs_realloc(NULL, 8);
	assert_non_null(at);
	crumbs_free(at);
}

static void
I_11_what_is_given_back_is_wiped_and_taken_again(void **state)
{
	unsigned char *at = crumbs_malloc(32), *again;

	(void)state;
	memset(at, 0xaa, 32);
	crumbs_free(at);
	again = crumbs_malloc(32);
	assert_ptr_equal(again, at);
	for (unsigned i = sizeof(void *); i < 32; i++)
		assert_int_equal(again[i], 0);
	crumbs_free(again);
}

static void
what_does_not_fit_any_more_is_held(void **state)
{
	static void *at[ALL + MANY];
	size_t before = held_bytes();

	(void)state;
	for (unsigned i = 0; i < COUNT(at); i++) {
		at[i] = crumbs_malloc(32);
		assert_non_null(at[i]);
	}
	assert_true(held_bytes() >= before + (size_t)MANY * 32);
	for (unsigned i = 0; i < COUNT(at); i++)
		crumbs_free(at[i]);
	assert_int_equal(held_bytes(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    lie_side_by_side_whatever_is_taken_between_them),
		cmocka_unit_test(what_grows_keeps_what_it_holds),
		cmocka_unit_test(
		    I_11_what_is_given_back_is_wiped_and_taken_again),
		cmocka_unit_test(what_does_not_fit_any_more_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
