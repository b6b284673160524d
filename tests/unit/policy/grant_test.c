/*
 * What a taken front could try: each thing that a grant is over, changed.
 */
#include "policy/grant.h"

#include "tests/lib/test.h"

#include <string.h>

#define NOW_US 5000000000

static const struct secret_key key = { { 1 } }, other_key = { { 2 } };
static const unsigned char code_id[GRANT_CODE_ID_SIZE] = { 7 };

static struct grant_subject
subject(void)
{
	return (struct grant_subject){ .act = GRANT_CERTIFICATE,
		.account = 42,
		.operation = DECIDE_ENROLL,
		.profile = "person",
		.presented = { { 3 } },
		.key = { { 4 } },
		.csr = { { 5 } } };
}

static bool
holds(const struct grant_subject *s, const struct grant *g)
{
	return grant_holds(&key, s, g, NOW_US);
}

static void
a_grant_holds_for_what_it_was_given_for(void **state)
{
	struct grant_subject s = subject();
	struct grant g = grant_make(&key, &s, code_id, NOW_US);

	(void)state;
	assert_true(holds(&s, &g));
	assert_false(grant_holds(&other_key, &s, &g, NOW_US));
}

static void
T8_a_grant_is_for_nothing_else(void **state)
{
	struct grant_subject s = subject(), t;
	struct grant g = grant_make(&key, &s, code_id, NOW_US), h;

	(void)state;
#define CHANGED(field, value)                                                  \
	do {                                                                   \
		t = subject();                                                 \
		t.field = value;                                               \
		assert_false(holds(&t, &g));                                   \
	} while (0)
	CHANGED(act, (enum grant_act)2);
	CHANGED(account, 43);
	CHANGED(operation, DECIDE_REENROLL);
	CHANGED(profile, "device");
	CHANGED(presented.bytes[19], 1);
	CHANGED(key.bytes[31], 1);
	CHANGED(csr.bytes[31], 1);
	h = g;
	h.code_id[15] ^= 1;
	assert_false(holds(&s, &h));
	/* Also at a moment from which that end is no further away than any. */
	h = g;
	h.end_us++;
	assert_false(grant_holds(&key, &s, &h, NOW_US + 1));
	h = g;
	h.mac.bytes[0] ^= 1;
	assert_false(holds(&s, &h));
	memset(&h, 0, sizeof(h));
	assert_false(holds(&s, &h));
}

static void
a_grant_lives_ten_seconds(void **state)
{
	struct grant_subject s = subject();
	struct grant g = grant_make(&key, &s, code_id, NOW_US);

	(void)state;
	assert_true(grant_holds(&key, &s, &g, NOW_US + 9999999));
	assert_false(grant_holds(&key, &s, &g, NOW_US + 10000000));
	/* Made by a clock that was ahead. */
	assert_false(grant_holds(&key, &s, &g, NOW_US - 1));
}

static void
R_LOCK_4_a_receipt_is_of_one_grant_and_one_certificate(void **state)
{
	struct grant_subject s = subject();
	struct grant g = grant_make(&key, &s, code_id, NOW_US);
	struct grant later = grant_make(&key, &s, code_id, NOW_US + 1);
	struct serial serial = { { 9 } }, other = { { 8 } };
	struct digest receipt = grant_receipt(&key, &g, &serial);

	(void)state;
	assert_true(grant_receipt_holds(&key, &g, &serial, &receipt));
	assert_false(grant_receipt_holds(&key, &g, &other, &receipt));
	assert_false(grant_receipt_holds(&key, &later, &serial, &receipt));
	assert_false(grant_receipt_holds(&other_key, &g, &serial, &receipt));
	assert_false(grant_receipt_holds(&key, &g, &serial, &g.mac));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_grant_holds_for_what_it_was_given_for),
		cmocka_unit_test(T8_a_grant_is_for_nothing_else),
		cmocka_unit_test(a_grant_lives_ten_seconds),
		cmocka_unit_test(
		    R_LOCK_4_a_receipt_is_of_one_grant_and_one_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
