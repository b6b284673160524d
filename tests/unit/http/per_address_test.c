#include "http/per_address.h"

#include "tests/lib/test.h"

#include <stdio.h>

static const struct address_prefix *
client(const char *text)
{
	static struct address_prefix all[4];
	static unsigned turn;
	struct address_prefix *p = &all[turn++ % 4];
	struct address_range range;

	assert_true(address_range_read(text, &range));
	*p = address_client(&range.first);
	return p;
}

static void
each_address_is_counted_by_itself(void **state)
{
	struct per_address *p = per_address_new();
	struct per_address_entry *a, *b, *c;

	(void)state;
	assert_non_null(p);
	assert_int_equal(per_address_count(p, client("10.0.0.1")), 0);
	a = per_address_enter(p, client("10.0.0.1"));
	b = per_address_enter(p, client("10.0.0.1"));
	c = per_address_enter(p, client("10.0.0.2"));
	assert_ptr_equal(a, b);
	assert_int_equal(per_address_count(p, client("10.0.0.1")), 2);
	assert_int_equal(per_address_count(p, client("10.0.0.2")), 1);
	per_address_leave(a);
	assert_int_equal(per_address_count(p, client("10.0.0.1")), 1);
	per_address_leave(b);
	assert_int_equal(per_address_count(p, client("10.0.0.1")), 0);
	per_address_leave(c);
	per_address_free(p);
}

static void
many_addresses_are_kept_apart(void **state)
{
	enum {
		N = 5000
	};
	static struct per_address_entry *all[N];
	struct per_address *p = per_address_new();
	char text[32];
	unsigned i;

	(void)state;
	for (i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 250, i % 250);
		all[i] = per_address_enter(p, client(text));
		assert_int_equal(per_address_count(p, client(text)), 1);
	}
	for (i = 0; i < N; i += 2)
		per_address_leave(all[i]);
	for (i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 250, i % 250);
		assert_int_equal(per_address_count(p, client(text)), i % 2);
	}
	for (i = 1; i < N; i += 2)
		per_address_leave(all[i]);
	per_address_free(p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_is_counted_by_itself),
		cmocka_unit_test(many_addresses_are_kept_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
