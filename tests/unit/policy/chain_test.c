#include "policy/chain.h"

#include "tests/lib/test.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static struct secret_key
counting_key(void)
{
	struct secret_key k;

	for (size_t i = 0; i < sizeof(k.bytes); i++)
		k.bytes[i] = (unsigned char)i;
	return k;
}

static struct chain_row
issue(void)
{
	return (struct chain_row){ .id = 7,
		.has_at = true,
		.at_us = 1795165200123456,
		.role = "koshin_issuer",
		.actor = "",
		.action = "certificate.issue",
		.object = "certificate:00ff",
		.has_account = true,
		.account = 42,
		.details = "{\"via\": \"code\"}" };
}

static void
mac_of(const struct chain_head *before, const struct chain_row *row,
    unsigned char mac[CHAIN_MAC_SIZE])
{
	struct secret_key key = counting_key();

	chain_mac(&key, before, row, mac);
}

/* Made once by another program, from the words of the header. */
static void
A10_old_rows_verify_for_ever(void **state)
{
	struct chain_row add = { .id = 9,
		.role = "postgres",
		.actor = "山田",
		.action = "contract.add",
		.object = "contract:12345678",
		.details = "{}" };
	struct chain_row row = issue();
	struct chain_head head = { 0 };
	char hex[CHAIN_MAC_SIZE * 2 + 1];

	(void)state;
	mac_of(&head, &row, head.mac);
	chain_write_mac(head.mac, hex);
	assert_string_equal(hex, "b33443a49be120eb5c1614a1a5322f08"
				 "06afc783d8d3a96b0d8634b9a5581a38");
	head.position = 1;
	mac_of(&head, &add, head.mac);
	chain_write_mac(head.mac, hex);
	assert_string_equal(hex, "30f2da6bc01fc04a30aad6f62f4754bc"
				 "f51ca76706bf34b207de9c953d9bc48f");
}

static void
differs(const struct chain_head *before, const struct chain_row *row)
{
	static const struct chain_head none;
	struct chain_row same = issue();
	unsigned char a[CHAIN_MAC_SIZE], b[CHAIN_MAC_SIZE];

	mac_of(&none, &same, a);
	mac_of(before, row, b);
	assert_memory_not_equal(a, b, CHAIN_MAC_SIZE);
}

static void
A10_every_field_is_in_the_seal(void **state)
{
	struct chain_head before = { 0 };
	struct chain_row row;

	(void)state;
#define OTHER(change)                                                          \
	row = issue();                                                         \
	row.change;                                                            \
	differs(&before, &row)
	OTHER(id = 8);
	OTHER(at_us++);
	OTHER(has_at = false);
	OTHER(role = "koshin_issue");
	OTHER(actor = " ");
	OTHER(actor = NULL);
	OTHER(action = "certificate.issuf");
	OTHER(object = "certificate:00fe");
	OTHER(account = 43);
	OTHER(has_account = false);
	OTHER(details = "{}");
#undef OTHER
	row = issue();
	before.position = 1;
	differs(&before, &row);
	before.position = 0;
	before.mac[31] = 1;
	differs(&before, &row);
}

/* What moves over the border of two fields is another row. */
static void
A10_fields_do_not_run_into_each_other(void **state)
{
	static const struct chain_head none;
	struct chain_row row = issue();

	(void)state;
	row.role = "koshin_issuerc";
	row.action = "ertificate.issue";
	differs(&none, &row);
	row = issue();
	row.action = "certificate.issuec";
	row.object = "ertificate:00ff";
	differs(&none, &row);
}

static void
A10_another_key_makes_another_seal(void **state)
{
	static const struct chain_head none;
	struct secret_key key = counting_key();
	struct chain_row row = issue();
	unsigned char a[CHAIN_MAC_SIZE], b[CHAIN_MAC_SIZE];

	(void)state;
	chain_mac(&key, &none, &row, a);
	key.bytes[0] ^= 1;
	chain_mac(&key, &none, &row, b);
	assert_memory_not_equal(a, b, CHAIN_MAC_SIZE);
}

static void
numbers_below_zero_and_the_largest_have_their_place(void **state)
{
	static const struct chain_head none;
	struct chain_row row = issue();
	unsigned char a[CHAIN_MAC_SIZE], b[CHAIN_MAC_SIZE];

	(void)state;
	row.at_us = INT64_MIN;
	mac_of(&none, &row, a);
	row.at_us = INT64_MAX;
	mac_of(&none, &row, b);
	assert_memory_not_equal(a, b, CHAIN_MAC_SIZE);
}

static void
a_seal_in_hexadecimal_is_read_and_nothing_else_is(void **state)
{
	static const char *const bad[] = { "", "00",
		"b33443a49be120eb5c1614a1a5322f0806afc783d8d3a96b0d8634b9a558"
		"1a3",
		"b33443a49be120eb5c1614a1a5322f0806afc783d8d3a96b0d8634b9a558"
		"1a388",
		"b33443a49be120eb5c1614a1a5322f0806afc783d8d3a96b0d8634b9a558"
		"1a3g",
		"b33443a49be120eb5c1614a1a5322f0806afc783d8d3a96b0d8634b9a558"
		"1a3 ",
		" 33443a49be120eb5c1614a1a5322f0806afc783d8d3a96b0d8634b9a558"
		"1a38" };
	unsigned char mac[CHAIN_MAC_SIZE];
	char hex[CHAIN_MAC_SIZE * 2 + 1];

	(void)state;
	assert_true(chain_read_mac("B33443A49be120eb5c1614a1a5322f0806afc783d8"
				   "d3a96b0d8634b9a5581A38",
	    mac));
	chain_write_mac(mac, hex);
	assert_string_equal(hex, "b33443a49be120eb5c1614a1a5322f08"
				 "06afc783d8d3a96b0d8634b9a5581a38");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(chain_read_mac(bad[i], mac));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(A10_old_rows_verify_for_ever),
		cmocka_unit_test(A10_every_field_is_in_the_seal),
		cmocka_unit_test(A10_fields_do_not_run_into_each_other),
		cmocka_unit_test(A10_another_key_makes_another_seal),
		cmocka_unit_test(
		    numbers_below_zero_and_the_largest_have_their_place),
		cmocka_unit_test(
		    a_seal_in_hexadecimal_is_read_and_nothing_else_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
