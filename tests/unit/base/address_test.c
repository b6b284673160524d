#include "base/address.h"

#include "tests/lib/test.h"

#include <string.h>

static struct address
address(const char *text)
{
	struct address_range range;

	assert_true(address_range_read(text, &range));
	return range.first;
}

static bool
same(struct address_prefix a, struct address_prefix b)
{
	return address_same_prefix(&a, &b);
}

static bool
one_client(const char *a, const char *b)
{
	struct address one = address(a), other = address(b);

	return same(address_client(&one), address_client(&other));
}

static bool
one_network(const char *a, const char *b)
{
	struct address one = address(a), other = address(b);

	return same(address_network(&one), address_network(&other));
}

static void
a_client_is_an_address_or_a_64(void **state)
{
	(void)state;
	assert_true(one_client("10.0.0.1", "10.0.0.1"));
	assert_false(one_client("10.0.0.1", "10.0.0.2"));
	assert_true(one_client("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
	assert_false(one_client("2001:db8:0:1::1", "2001:db8:0:2::1"));
}

static void
a_network_is_a_24_or_a_48(void **state)
{
	(void)state;
	assert_true(one_network("10.0.0.1", "10.0.0.255"));
	assert_false(one_network("10.0.0.1", "10.0.1.1"));
	assert_true(one_network("2001:db8:7:1::1", "2001:db8:7:ffff::2"));
	assert_false(one_network("2001:db8:7::1", "2001:db8:8::1"));
	/* 10.0.0.0/24 and a00:0:: begin with the same bytes. */
	assert_false(one_network("10.0.0.1", "a00:0::"));
}

static void
a_mapped_ipv4_address_is_that_ipv4_address(void **state)
{
	struct address mapped = address("::ffff:10.0.0.1");
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	assert_true(one_client("::ffff:10.0.0.1", "10.0.0.1"));
	assert_false(one_client("::ffff:10.0.0.1", "::ffff:10.0.0.2"));
	assert_true(address_text(&mapped, text, sizeof(text)));
	assert_string_equal(text, "10.0.0.1");
}

static void
a_unix_socket_has_no_address(void **state)
{
	struct address none = { .len = 0 };
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	assert_false(address_text(&none, text, sizeof(text)));
	assert_true(same(address_client(&none), address_client(&none)));
}

static bool
in(const char *who, const char *range_text)
{
	struct address a = address(who);
	struct address_range range;

	assert_true(address_range_read(range_text, &range));
	return address_in(&a, &range);
}

static void
a_range_ends_at_its_bit(void **state)
{
	(void)state;
	assert_true(in("192.0.2.7", "192.0.2.7"));
	assert_false(in("192.0.2.8", "192.0.2.7"));
	assert_true(in("192.0.2.255", "192.0.2.0/24"));
	assert_false(in("192.0.3.0", "192.0.2.0/24"));
	assert_true(in("192.0.2.127", "192.0.2.0/25"));
	assert_false(in("192.0.2.128", "192.0.2.0/25"));
	assert_true(in("198.51.100.1", "0.0.0.0/0"));
	assert_false(in("2001:db8::1", "0.0.0.0/0"));
	assert_true(in("2001:db8:ffff::1", "2001:db8::/32"));
	assert_false(in("2001:db9::1", "2001:db8::/32"));
	assert_true(in("::ffff:192.0.2.7", "192.0.2.0/24"));
}

static void
what_is_no_range_is_refused(void **state)
{
	static const char *const wrong[] = { "", "/", "192.0.2.0/", "192.0.2",
		"192.0.2.0/33", "192.0.2.0/+8", "192.0.2.0/ 8", "192.0.2.0/8 ",
		"192.0.2.0/0008", "2001:db8::/129", "balancer", "192.0.2.0/-1",
		"::ffff:192.0.2.0/120", "192.0.2.0/8/8",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/64" };
	struct address_range range;

	(void)state;
	for (unsigned i = 0; i < COUNT(wrong); i++)
		if (address_range_read(wrong[i], &range))
			fail_msg("%s was taken", wrong[i]);
}

static void
T11_a_loopback_is_this_machine_and_nothing_else_is(void **state)
{
	static const char *const here[] = { "localhost", "127.0.0.1",
		"127.1.2.3", "::1" };
	static const char *const elsewhere[] = { "", "0.0.0.0",
		"::", "128.0.0.1", "126.255.255.255", "localhost.example.jp",
		"Localhost.", "127.0.0.1.example.jp", "::ffff:192.0.2.1",
		"fe80::1", "/run/postgresql" };

	(void)state;
	for (unsigned i = 0; i < COUNT(here); i++)
		if (!address_is_loopback(here[i]))
			fail_msg("%s was refused", here[i]);
	for (unsigned i = 0; i < COUNT(elsewhere); i++)
		if (address_is_loopback(elsewhere[i]))
			fail_msg("%s was taken", elsewhere[i]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_is_an_address_or_a_64),
		cmocka_unit_test(a_network_is_a_24_or_a_48),
		cmocka_unit_test(a_mapped_ipv4_address_is_that_ipv4_address),
		cmocka_unit_test(a_unix_socket_has_no_address),
		cmocka_unit_test(a_range_ends_at_its_bit),
		cmocka_unit_test(what_is_no_range_is_refused),
		cmocka_unit_test(
		    T11_a_loopback_is_this_machine_and_nothing_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
