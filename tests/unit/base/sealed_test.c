#include "base/sealed.h"

#include "tests/lib/test.h"

#include <string.h>

static const char text[] = "a key that nobody else may read";

static void
T9_it_opens_by_its_key_alone(void **state)
{
	struct secret_key key = { "one" }, other = { "two" };
	unsigned char sealed[sizeof(text) + SEALED_MORE];
	char out[sizeof(text)];

	(void)state;
	sealed_close(&key, text, sizeof(text), sealed);
	assert_null(memmem(sealed, sizeof(sealed), text, 8));
	assert_true(sealed_open(&key, sealed, sizeof(sealed), out));
	assert_string_equal(out, text);
	assert_false(sealed_open(&other, sealed, sizeof(sealed), out));
	assert_int_equal(out[0], 0); /* wiped */
}

static void
T9_each_byte_counts(void **state)
{
	struct secret_key key = { "one" };
	unsigned char sealed[sizeof(text) + SEALED_MORE];
	char out[sizeof(text)];

	(void)state;
	sealed_close(&key, text, sizeof(text), sealed);
	for (size_t i = 0; i < sizeof(sealed); i++) {
		sealed[i] ^= 1;
		assert_false(sealed_open(&key, sealed, sizeof(sealed), out));
		sealed[i] ^= 1;
	}
	for (size_t len = 0; len < sizeof(sealed); len++)
		assert_false(sealed_open(&key, sealed, len, out));
}

static void
T9_the_same_twice_is_not_the_same(void **state)
{
	struct secret_key key = { "one" };
	unsigned char a[sizeof(text) + SEALED_MORE], b[sizeof(a)];

	(void)state;
	sealed_close(&key, text, sizeof(text), a);
	sealed_close(&key, text, sizeof(text), b);
	assert_memory_not_equal(a, b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(T9_it_opens_by_its_key_alone),
		cmocka_unit_test(T9_each_byte_counts),
		cmocka_unit_test(T9_the_same_twice_is_not_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
