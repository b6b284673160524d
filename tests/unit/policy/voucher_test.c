/*
 * What a taken front could try with a voucher: each thing that it is over,
 * changed; and what its holder may do that ends it.
 */
#include "policy/voucher.h"

#include "tests/lib/test.h"

#define ENDS_AT 1800000000

static const struct secret_key key = { { 1 } }, other_key = { { 2 } };

static struct voucher_subject
subject(void)
{
	return (struct voucher_subject){ .account = 42,
		.operation = DECIDE_ENROLL,
		.profile = "person",
		.password_hash = "$argon2id$v=19$one" };
}

static struct voucher
made(void)
{
	struct voucher_subject s = subject();

	return voucher_make(&key, &s, ENDS_AT);
}

static bool
holds(const struct voucher_subject *s, const struct voucher *v)
{
	return voucher_holds(&key, s, v, ENDS_AT - 1);
}

static void
a_voucher_holds_up_to_its_end(void **state)
{
	struct voucher_subject s = subject();
	struct voucher v = made();

	(void)state;
	assert_true(voucher_holds(&key, &s, &v, 0));
	assert_true(voucher_holds(&key, &s, &v, ENDS_AT - 1));
	assert_false(voucher_holds(&key, &s, &v, ENDS_AT));
}

static void
T8_a_voucher_is_good_for_nothing_else(void **state)
{
	struct voucher v = made();
	struct voucher_subject s;

	(void)state;
	s = subject();
	s.account = 43;
	assert_false(holds(&s, &v));
	s = subject();
	s.operation = DECIDE_REENROLL;
	assert_false(holds(&s, &v));
	s = subject();
	s.profile = "person2";
	assert_false(holds(&s, &v));
}

/* A contract has no account, and its own password until it is registered. */
static void
T8_a_voucher_of_a_contract_is_no_other_contracts(void **state)
{
	struct voucher_subject s = subject();
	struct voucher v;

	(void)state;
	s.account = 0;
	s.contract = "12345678";
	v = voucher_make(&key, &s, ENDS_AT);
	assert_true(holds(&s, &v));
	s.contract = "12345679";
	assert_false(holds(&s, &v));
	s.contract = "12345678";
	s.account = 42;
	assert_false(holds(&s, &v));
}

static void
J_02_a_changed_password_ends_it(void **state)
{
	struct voucher_subject s = subject();
	struct voucher v = made();

	(void)state;
	assert_true(holds(&s, &v));
	s.password_hash = "$argon2id$v=19$two";
	assert_false(holds(&s, &v));
}

static void
T8_who_keeps_a_voucher_can_neither_prolong_nor_make_one(void **state)
{
	struct voucher_subject s = subject();
	struct voucher v = made();

	(void)state;
	v.ends_at++;
	assert_false(voucher_holds(&key, &s, &v, 0));
	v = voucher_make(&other_key, &s, ENDS_AT);
	assert_false(holds(&s, &v));
	v = (struct voucher){ .ends_at = ENDS_AT };
	assert_false(holds(&s, &v));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_voucher_holds_up_to_its_end),
		cmocka_unit_test(T8_a_voucher_is_good_for_nothing_else),
		cmocka_unit_test(
		    T8_a_voucher_of_a_contract_is_no_other_contracts),
		cmocka_unit_test(J_02_a_changed_password_ends_it),
		cmocka_unit_test(
		    T8_who_keeps_a_voucher_can_neither_prolong_nor_make_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
