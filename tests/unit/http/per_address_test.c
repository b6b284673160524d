#include "http/per_address.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

static const struct sockaddr *
address(const char *text)
{
	static struct sockaddr_storage all[4];
	static unsigned turn;
	struct sockaddr_storage *a = &all[turn++ % 4];
	struct sockaddr_in *four = (struct sockaddr_in *)a;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)a;

	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1)
		a->ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1)
		a->ss_family = AF_INET6;
	else
		a->ss_family = AF_UNIX;
	return (const struct sockaddr *)a;
}

static void
each_address_is_counted_by_itself(void **state)
{
	struct per_address *p = per_address_new();
	struct per_address_entry *a, *b, *c;

	(void)state;
	assert_non_null(p);
	assert_int_equal(per_address_count(p, address("10.0.0.1")), 0);
	a = per_address_enter(p, address("10.0.0.1"));
	b = per_address_enter(p, address("10.0.0.1"));
	c = per_address_enter(p, address("10.0.0.2"));
	assert_ptr_equal(a, b);
	assert_int_equal(per_address_count(p, address("10.0.0.1")), 2);
	assert_int_equal(per_address_count(p, address("10.0.0.2")), 1);
	per_address_leave(a);
	assert_int_equal(per_address_count(p, address("10.0.0.1")), 1);
	per_address_leave(b);
	assert_int_equal(per_address_count(p, address("10.0.0.1")), 0);
	per_address_leave(c);
	per_address_free(p);
}

static void
a_whole_ipv6_64_is_one_client(void **state)
{
	struct per_address *p = per_address_new();
	struct per_address_entry *a =
	    per_address_enter(p, address("2001:db8:0:1::1"));
	struct per_address_entry *b =
	    per_address_enter(p, address("2001:db8:0:1:ffff::2"));

	(void)state;
	assert_ptr_equal(a, b);
	assert_int_equal(per_address_count(p, address("2001:db8:0:1::3")), 2);
	assert_int_equal(per_address_count(p, address("2001:db8:0:2::1")), 0);
	per_address_leave(a);
	per_address_leave(b);
	per_address_free(p);
}

static void
a_mapped_ipv4_address_is_that_ipv4_address(void **state)
{
	struct per_address *p = per_address_new();
	struct per_address_entry *a =
	    per_address_enter(p, address("::ffff:10.0.0.1"));
	char name[PER_ADDRESS_NAME_SIZE];

	(void)state;
	assert_int_equal(per_address_count(p, address("10.0.0.1")), 1);
	assert_int_equal(per_address_count(p, address("::ffff:10.0.0.2")), 0);
	per_address_leave(a);
	per_address_free(p);
	assert_true(
	    per_address_name(address("::ffff:10.0.0.1"), name, sizeof(name)));
	assert_string_equal(name, "10.0.0.1");
	assert_true(
	    per_address_name(address("2001:db8::1"), name, sizeof(name)));
	assert_string_equal(name, "2001:db8::1");
	assert_false(per_address_name(address("/run/x"), name, sizeof(name)));
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
		all[i] = per_address_enter(p, address(text));
		assert_int_equal(per_address_count(p, address(text)), 1);
	}
	for (i = 0; i < N; i += 2)
		per_address_leave(all[i]);
	for (i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 250, i % 250);
		assert_int_equal(per_address_count(p, address(text)), i % 2);
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
		cmocka_unit_test(a_whole_ipv6_64_is_one_client),
		cmocka_unit_test(a_mapped_ipv4_address_is_that_ipv4_address),
		cmocka_unit_test(many_addresses_are_kept_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
