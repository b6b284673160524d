#include "base/digest.h"

#include "tests/lib/test.h"

/* FIPS 180 and RFC 4231 test case 2, its key filled up with zeros. */
static void
digest_and_mac_are_the_standard_ones(void **state)
{
	static const unsigned char abc[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01,
		0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10,
		0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
	static const unsigned char jefe[] = { 0x5b, 0xdc, 0xc1, 0x46, 0xbf,
		0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75,
		0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d,
		0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43 };
	static const struct secret_key key = { "Jefe" };
	static const char what[] = "what do ya want for nothing?";
	struct digest out;

	(void)state;
	out = digest_of("abc", 3);
	assert_memory_equal(&out, abc, sizeof(out));
	out = digest_keyed(&key, what, sizeof(what) - 1);
	assert_memory_equal(&out, jefe, sizeof(out));
}

static void
exactly_64_hexadecimal_digits_are_read(void **state)
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
	struct digest mac;
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	assert_true(digest_read("B33443A49be120eb5c1614a1a5322f0806afc783d8"
				"d3a96b0d8634b9a5581A38",
	    &mac));
	digest_write(&mac, hex);
	assert_string_equal(hex, "b33443a49be120eb5c1614a1a5322f08"
				 "06afc783d8d3a96b0d8634b9a5581a38");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(digest_read(bad[i], &mac));
}

static void
one_byte_makes_another(void **state)
{
	struct digest a = digest_of("abc", 3), b = a;

	(void)state;
	assert_true(digest_equal(&a, &b));
	b.bytes[DIGEST_SIZE - 1] ^= 1;
	assert_false(digest_equal(&a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_and_mac_are_the_standard_ones),
		cmocka_unit_test(exactly_64_hexadecimal_digits_are_read),
		cmocka_unit_test(one_byte_makes_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
