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
	struct keys_facts f = { .kind = KEYS_RSA, .rsa_bits = bits };

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

static void
S_04_each_bad_exponent_is_refused(void **state)
{
	const struct keys_facts bad[] = {
		{ KEYS_RSA, 2048, .rsa_exponent_even = true },
		{ KEYS_RSA, 2048, .rsa_exponent_small = true },
		{ KEYS_RSA, 2048, .rsa_exponent_large = true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(
		    keys_judge(&rule, &bad[i]), KEYS_EXPONENT_REFUSED);
}

static void
EST_154_each_weakness_is_refused(void **state)
{
	const struct keys_facts bad[] = {
		{ KEYS_RSA, 2048, .rsa_modulus_even = true },
		{ KEYS_RSA, 2048, .rsa_small_factor = true },
		{ KEYS_RSA, 2048, .rsa_close_primes = true },
		{ KEYS_RSA, 2048, .rsa_roca = true },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(S_03_only_rsa_sizes_in_bounds_and_steps_of_8),
		cmocka_unit_test(EST_153_only_kinds_of_the_profile),
		cmocka_unit_test(EST_153_profile_may_refuse_rsa),
		cmocka_unit_test(S_04_each_bad_exponent_is_refused),
		cmocka_unit_test(EST_154_each_weakness_is_refused),
		cmocka_unit_test(every_refusal_has_its_own_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
