#include "policy/keys.h"

#include "tests/lib/test.h"

#include <string.h>

static const struct keys_rule rule = {
	.kinds = KEYS_RSA | KEYS_P256 | KEYS_P384 | KEYS_ED25519,
	.rsa_min_bits = 2048,
	.rsa_max_bits = 4096,
};

static enum keys_verdict
of_size(unsigned bits)
{
	struct keys_facts f = {
		.kind = KEYS_RSA, .rsa_bits = bits, .rsa_exponent_good = true
	};

	return keys_judge(&rule, &f);
}

static void
S_03_only_rsa_sizes_in_bounds_and_steps_of_8(void **state)
{
	static const unsigned good[] = { 2048, 2056, 3072, 4088, 4096 };
	static const unsigned bad[] = { 0, 512, 1024, 2040, 2047, 2049, 4095,
		4097, 4104, 16384, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(of_size(good[i]), KEYS_GOOD);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(of_size(bad[i]), KEYS_SIZE_REFUSED);
}

static void
EST_153_only_kinds_of_the_profile(void **state)
{
	static const enum keys_kind good[] = { KEYS_P256, KEYS_P384,
		KEYS_ED25519 };
	static const unsigned bad[] = { 0, KEYS_P521, 1 << 5, 1 << 30,
		KEYS_P256 | KEYS_P384, KEYS_RSA | KEYS_P521 };
	struct keys_facts f = { .rsa_bits = 2048 };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		f.kind = good[i];
		assert_int_equal(keys_judge(&rule, &f), KEYS_GOOD);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		f.kind = (enum keys_kind)bad[i];
		assert_int_equal(keys_judge(&rule, &f), KEYS_KIND_REFUSED);
	}
}

static void
EST_153_profile_may_refuse_rsa(void **state)
{
	struct keys_rule curves = rule;
	struct keys_facts f = { .kind = KEYS_RSA, .rsa_bits = 2048 };

	(void)state;
	curves.kinds = KEYS_P256;
	assert_int_equal(keys_judge(&curves, &f), KEYS_KIND_REFUSED);
}

/* Eight bytes, big-endian. */
static void
put(uint64_t value, unsigned char *at)
{
	for (size_t i = 8; i-- > 0; value >>= 8)
		at[i] = (unsigned char)value;
}

static void
S_04_EST_153_one_rule_for_exponents(void **state)
{
	static const uint64_t bad[] = { 0, 1, 2, 3, 65535, 65536, 65538,
		UINT64_MAX - 1 };
	static const uint64_t good[] = { 65537, 65539, UINT64_MAX };
	unsigned char e[9] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		put(bad[i], e + 1);
		assert_false(keys_exponent_good(e, sizeof(e)));
		assert_false(keys_exponent_good(e + 1, 8));
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		e[0] = 0;
		put(good[i], e + 1);
		assert_true(keys_exponent_good(e, sizeof(e)));
		assert_true(keys_exponent_good(e + 1, 8));
		e[0] = 1; /* 65 bits */
		assert_false(keys_exponent_good(e, sizeof(e)));
	}
	assert_false(keys_exponent_good(e, 0));
}

static void
S_04_a_bad_exponent_is_refused(void **state)
{
	const struct keys_facts bad = { .kind = KEYS_RSA, .rsa_bits = 2048 };

	(void)state;
	assert_int_equal(keys_judge(&rule, &bad), KEYS_EXPONENT_REFUSED);
}

#define WEAK(how)                                                              \
	{                                                                      \
		.kind = KEYS_RSA, .rsa_bits = 2048, .rsa_exponent_good = true, \
		.how = true                                                    \
	}

static void
EST_154_each_weakness_is_refused(void **state)
{
	const struct keys_facts bad[] = {
		WEAK(rsa_modulus_even),
		WEAK(rsa_small_factor),
		WEAK(rsa_close_primes),
		WEAK(rsa_roca),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(keys_judge(&rule, &bad[i]), KEYS_WEAK);
}

static void
every_refusal_has_its_own_sentence(void **state)
{
	(void)state;
	for (int a = KEYS_GOOD; a <= KEYS_WEAK; a++) {
		const char *reason = keys_reason((enum keys_verdict)a);

		assert_true(strlen(reason) > 10);
		assert_null(strchr(reason, '\n'));
		for (int b = KEYS_GOOD; b < a; b++)
			assert_string_not_equal(
			    reason, keys_reason((enum keys_verdict)b));
	}
}

static void
people_get_the_smallest_rsa_that_the_rule_takes(void **state)
{
	static const struct {
		struct keys_rule rule;
		const char *name;
	} rows[] = {
		{ { KEYS_RSA | KEYS_P256, 2048, 4096 }, "rsa-2048" },
		{ { KEYS_RSA | KEYS_P256, 2056, 4096 }, "rsa-3072" },
		{ { KEYS_RSA, 4096, 4096 }, "rsa-4096" },
		{ { KEYS_RSA | KEYS_P256, 2056, 2064 }, "ec-p256" },
		{ { KEYS_P256 | KEYS_P384, 2048, 4096 }, "ec-p256" },
		{ { KEYS_P384, 2048, 4096 }, "ec-p384" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    keys_people_name(keys_for_people(&rows[i].rule)),
		    rows[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S_03_only_rsa_sizes_in_bounds_and_steps_of_8),
		cmocka_unit_test(EST_153_only_kinds_of_the_profile),
		cmocka_unit_test(EST_153_profile_may_refuse_rsa),
		cmocka_unit_test(S_04_EST_153_one_rule_for_exponents),
		cmocka_unit_test(S_04_a_bad_exponent_is_refused),
		cmocka_unit_test(EST_154_each_weakness_is_refused),
		cmocka_unit_test(every_refusal_has_its_own_sentence),
		cmocka_unit_test(
		    people_get_the_smallest_rsa_that_the_rule_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
