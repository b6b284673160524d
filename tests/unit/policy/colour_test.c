#include "policy/colour.h"

#include "tests/lib/test.h"

static void
only_six_digits_are_a_colour(void **state)
{
	static const char *const bad[] = { "", "#", "0017c1", "#0017c",
		"#0017cg", "#0017c1 ", "#0017c1ff", "blue", "#01c" };
	struct colour c;

	(void)state;
	assert_true(colour_read("#0017C1", &c));
	assert_int_equal(c.red, 0);
	assert_int_equal(c.green, 0x17);
	assert_int_equal(c.blue, 0xc1);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(colour_read(bad[i], &c));
}

static double
contrast(const char *one, const char *other)
{
	struct colour a, b;

	assert_true(colour_read(one, &a) && colour_read(other, &b));
	return colour_contrast(&a, &b);
}

/* As WCAG's own examples have it. */
static void
R_WEB_8_contrast_is_that_of_WCAG(void **state)
{
	static const struct {
		const char *one, *other;
		double is;
	} cases[] = { { "#000000", "#ffffff", 21 }, { "#ffffff", "#ffffff", 1 },
		{ "#777777", "#ffffff", 4.48 }, { "#767676", "#ffffff", 4.54 },
		{ "#0017c1", "#ffffff", 11.10 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_float_equal(
		    contrast(cases[i].one, cases[i].other), cases[i].is, 0.01);
		assert_float_equal(
		    contrast(cases[i].other, cases[i].one), cases[i].is, 0.01);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_six_digits_are_a_colour),
		cmocka_unit_test(R_WEB_8_contrast_is_that_of_WCAG),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
