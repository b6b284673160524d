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

static struct digest
mac_of(const struct chain_head *before, const struct chain_row *row)
{
	struct secret_key key = counting_key();

	return chain_mac(&key, before, row);
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
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	head.mac = mac_of(&head, &row);
	digest_write(&head.mac, hex);
	assert_string_equal(hex, "b33443a49be120eb5c1614a1a5322f08"
				 "06afc783d8d3a96b0d8634b9a5581a38");
	head.position = 1;
	head.mac = mac_of(&head, &add);
	digest_write(&head.mac, hex);
	assert_string_equal(hex, "30f2da6bc01fc04a30aad6f62f4754bc"
				 "f51ca76706bf34b207de9c953d9bc48f");
}

static void
differs(const struct chain_head *before, const struct chain_row *row)
{
	static const struct chain_head none;
	struct chain_row same = issue();
	struct digest a, b;

	a = mac_of(&none, &same);
	b = mac_of(before, row);
	assert_false(digest_equal(&a, &b));
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
	before.mac.bytes[31] = 1;
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
	struct digest a, b;

	(void)state;
	a = chain_mac(&key, &none, &row);
	key.bytes[0] ^= 1;
	b = chain_mac(&key, &none, &row);
	assert_false(digest_equal(&a, &b));
}

static void
numbers_below_zero_and_the_largest_have_their_place(void **state)
{
	static const struct chain_head none;
	struct chain_row row = issue();
	struct digest a, b;

	(void)state;
	row.at_us = INT64_MIN;
	a = mac_of(&none, &row);
	row.at_us = INT64_MAX;
	b = mac_of(&none, &row);
	assert_false(digest_equal(&a, &b));
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
