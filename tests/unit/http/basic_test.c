#include "http/basic.h"

#include "base/b64.h"

#include "tests/lib/test.h"

#include <string.h>

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* `Basic ` and the base64 of these bytes. */
static bool
read_bytes(const char *bytes, size_t len, struct basic *out)
{
	static char value[8192];

	memcpy(value, "Basic ", 6);
	value[6 + b64_encode(value + 6, bytes, len, B64_LINES_NONE)] = '\0';
	return basic_read(arena, value, out);
}

static void
expect(const struct basic *a, const char *user, const char *secret)
{
	assert_string_equal(a->user, user);
	assert_int_equal(a->secret_len, strlen(secret));
	assert_memory_equal(a->secret, secret, strlen(secret));
}

static void
EST_107_split_at_the_first_colon(void **state)
{
	static const struct {
		const char *text, *user, *secret;
	} rows[] = {
		{ "sample001:Passw0rd!", "sample001", "Passw0rd!" },
		{ "u:a:b::", "u", "a:b::" },
		{ ":x", "", "x" },
		{ "u:", "u", "" },
		{ ":", "", "" },
		{ "u: x ", "u", " x " },
		{ " u:x", " u", "x" },
		{ "\xe3\x81\x82:\xc3\xa9", "\xe3\x81\x82", "\xc3\xa9" },
		{ "' or 1=1--:x", "' or 1=1--", "x" },
		{ "{a}:x", "{a}", "x" },
	};
	struct basic a;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(read_bytes(rows[i].text, strlen(rows[i].text), &a));
		expect(&a, rows[i].user, rows[i].secret);
	}
}

static void
A_01_the_scheme_is_compared_without_case(void **state)
{
	static const char *const values[] = { "Basic dTp4", "basic dTp4",
		"BASIC dTp4", "bAsIc    dTp4" };
	struct basic a;

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		assert_true(basic_read(arena, values[i], &a));
		expect(&a, "u", "x");
	}
}

static void
A_01_A_02_A_06_what_is_not_Basic(void **state)
{
	static const char *const values[] = { "", "B", "Basic", "Basic ",
		"Basic    ", "BasicdTp4", "Basic\tdTp4", " Basic dTp4",
		"Basic dTp4 ", "Basic dT p4", "Basic dTp4=", "Basic dTp",
		"Basic dTo", "Basic dTp4,Basic dTp4", "Basic !!!", "Basic dX-_",
		"Basic dTp5eR==" /* spare bits */,
		"Basic dXNlcg==" /* no colon */, "Digest dTp4", "Bearer dTp4",
		"Negotiate dTp4", "Basicx dTp4" };
	struct basic a;

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		if (basic_read(arena, values[i], &a))
			fail_msg("%s", values[i]);
		assert_null(a.user);
		assert_int_equal(a.secret_len, 0);
	}
}

static void
A_03_A_13_bytes_that_no_name_has(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "u\0v:x", 5 },
		{ "u:x\0y", 5 },
		{ "u:x\0", 4 },
		{ "u\n:x", 4 },
		{ "u:x\r\n", 5 },
		{ "*3\r\n$3\r\nDEL:x", 13 },
		{ "u\x7f:x", 4 },
		{ "u\x80:x", 4 },
		{ "u\xff:x", 4 },
		{ "u:\xe9", 3 },
		{ "u\xc0\xba:x", 5 }, /* an overlong colon */
		{ "\xed\xa0\x80:x", 5 },
	};
	struct basic a;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_false(read_bytes(rows[i].bytes, rows[i].len, &a));
}

static void
A_05_lengths(void **state)
{
	static char text[BASIC_VALUE_MAX * 2], huge[1 << 20];
	struct basic a;

	(void)state;
	memset(text, 'u', sizeof(text));
	text[BASIC_USER_MAX] = ':';
	assert_true(read_bytes(text, BASIC_USER_MAX + 129, &a));
	assert_int_equal(a.secret_len, 128);
	assert_int_equal(strlen(a.user), BASIC_USER_MAX);
	/* 1530 bytes are 2040 characters. */
	assert_true(read_bytes(text, 1530, &a));
	assert_false(read_bytes(text, 1533, &a));
	text[BASIC_USER_MAX] = 'u';
	text[BASIC_USER_MAX + 1] = ':';
	assert_false(read_bytes(text, BASIC_USER_MAX + 3, &a));
	memset(huge, 'A', sizeof(huge) - 1);
	memcpy(huge, "Basic ", 6);
	assert_false(basic_read(arena, huge, &a));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(EST_107_split_at_the_first_colon),
		TEST(A_01_the_scheme_is_compared_without_case),
		TEST(A_01_A_02_A_06_what_is_not_Basic),
		TEST(A_03_A_13_bytes_that_no_name_has),
		TEST(A_05_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
