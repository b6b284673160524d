#include "http/chunked.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX = 65536
};

struct outcome {
	enum chunked_rc rc;
	size_t used;
	size_t n;
	char data[2 * MAX];
};

static struct outcome o;

/* Decode in pieces of `step` bytes, each in memory of exactly its size. */
static enum chunked_rc
decode_by(const char *bytes, size_t len, size_t step, size_t max)
{
	struct chunked c;
	size_t used, data;

	memset(&o, 0, sizeof(o));
	chunked_init(&c, max);
	while (o.rc == CHUNKED_MORE && o.used < len) {
		size_t n = len - o.used < step ? len - o.used : step;
		char *piece = malloc(n);

		assert_non_null(piece);
		memcpy(piece, bytes + o.used, n);
		o.rc = chunked_decode(&c, piece, n, &used, &data);
		assert_true(used <= n && data <= used);
		assert_true(o.rc != CHUNKED_MORE || used == n);
		memcpy(o.data + o.n, piece, data);
		o.n += data;
		o.used += used;
		free(piece);
	}
	return o.rc;
}

/* At once and byte by byte: the same. */
static enum chunked_rc
decode_n(const char *bytes, size_t len)
{
	enum chunked_rc rc = decode_by(bytes, len, 1, MAX);
	size_t used = o.used, n = o.n;

	assert_int_equal(decode_by(bytes, len, len, MAX), rc);
	assert_int_equal(o.used, used);
	assert_int_equal(o.n, n);
	return rc;
}

static enum chunked_rc
decode(const char *text)
{
	return decode_n(text, strlen(text));
}

static void
EST_037_a_chunked_body_is_decoded(void **state)
{
	static const char text[] = "5\r\nhello\r\n"
				   "00a\r\n, world 123\r\n"
				   "1\r\n\n\r\n0\r\n\r\n";
	size_t step;

	(void)state;
	assert_int_equal(decode(text), CHUNKED_BAD); /* 11 bytes, 10 said */
	for (step = 1; step < 60; step++) {
		static const char good[] = "5\r\nhello\r\n"
					   "00A\r\n, world 12\r\n"
					   "1\r\n\n\r\n0\r\n\r\nGET";

		assert_int_equal(
		    decode_by(good, sizeof(good) - 1, step, MAX), CHUNKED_DONE);
		assert_int_equal(o.n, 16);
		assert_memory_equal(o.data, "hello, world 12\n", 16);
		assert_int_equal(o.used, sizeof(good) - 1 - 3);
	}
}

static void
an_empty_body_is_one_last_chunk(void **state)
{
	(void)state;
	assert_int_equal(decode("0\r\n\r\n"), CHUNKED_DONE);
	assert_int_equal(o.n, 0);
	assert_int_equal(decode("0000000\r\n\r\n"), CHUNKED_DONE);
}

static void
every_prefix_is_incomplete(void **state)
{
	static const char text[] = "5;a=b\r\nhello\r\n0;c\r\nX: y\r\n\r\n";
	size_t i;

	(void)state;
	for (i = 1; i < sizeof(text) - 1; i++)
		assert_int_equal(decode_n(text, i), CHUNKED_MORE);
	assert_int_equal(decode(text), CHUNKED_DONE);
}

static void
H_04_malformed_chunks_are_refused(void **state)
{
	static const char *const bad[] = { "0x5\r\n", "+5\r\n", " 5\r\n",
		"5_0\r\n", "-5\r\n", "5 \r\n", "5\t\r\n", "5\n", "\r\n", "g",
		"\n", ";a\r\n", "10000000000000005\r\n", "FFFFFFFF\r\n",
		"00000005\r\n", "5\r\r\n", "5\rhello", "5\r\nhelloX",
		"5\r\nhello\n", "5\r\nhello\rX", "5\r\nhello\r\n\r\n", "5;a\n",
		"5;\x01\r\n", "5;\x7f\r\n", "5;a\r\r\n", "0\n", "0\r\n\n",
		"0\r\n\rX", "0\r\nX: y\n", "0\r\n X: y\r\n\r\n",
		"0\r\n: y\r\n\r\n", "0\r\nX: \x1b\r\n\r\n", "0\r\nX\r\r\n" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(decode(bad[i]), CHUNKED_BAD);
	assert_int_equal(decode_n("5;\0\r\n", 5), CHUNKED_BAD);
	assert_int_equal(decode_n("\0", 1), CHUNKED_BAD);
}

static void
H_04_ten_thousand_one_byte_chunks_are_fine(void **state)
{
	char *text = malloc(60006);
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < 10000; i++)
		memcpy(text + 6 * i, "1\r\nx\r\n", 6);
	memcpy(text + 60000, "0\r\n\r\n", 6);
	assert_int_equal(decode_n(text, 60005), CHUNKED_DONE);
	assert_int_equal(o.n, 10000);
	free(text);
}

/* One chunk with an extension or trailer of `n` bytes in all. */
static enum chunked_rc
with_aside(const char *before, size_t n)
{
	char text[4096];
	size_t len = strlen(before);

	memcpy(text, before, len);
	memset(text + len, 'e', n);
	memcpy(text + len + n, "\r\n", 2);
	return decode_n(text, len + n + 2);
}

static void
H_04_extensions_and_trailers_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(with_aside("5;", CHUNKED_ASIDE_MAX), CHUNKED_MORE);
	assert_int_equal(with_aside("5;", CHUNKED_ASIDE_MAX + 1), CHUNKED_BAD);
	assert_int_equal(with_aside("0\r\n", CHUNKED_ASIDE_MAX), CHUNKED_MORE);
	assert_int_equal(
	    with_aside("0\r\n", CHUNKED_ASIDE_MAX + 1), CHUNKED_BAD);
	/* Together, not each. */
	assert_int_equal(with_aside("1;abcd\r\nx\r\n1;", CHUNKED_ASIDE_MAX - 4),
	    CHUNKED_MORE);
	assert_int_equal(with_aside("1;abcd\r\nx\r\n1;", CHUNKED_ASIDE_MAX - 3),
	    CHUNKED_BAD);
}

static void
EST_042_too_large_a_body_is_seen_when_it_is_announced(void **state)
{
	static const char ten[] = "4\r\nabcd\r\n6\r\nefghij\r\n0\r\n\r\n";

	(void)state;
	assert_int_equal(decode_by(ten, sizeof(ten) - 1, 3, 10), CHUNKED_DONE);
	assert_int_equal(
	    decode_by(ten, sizeof(ten) - 1, 3, 9), CHUNKED_TOO_LARGE);
	assert_int_equal(o.n, 4);
	assert_int_equal(decode("10000\r\n"), CHUNKED_MORE);
	assert_int_equal(decode("10001\r\n"), CHUNKED_TOO_LARGE);
	assert_int_equal(decode("FFFFFFF\r\n"), CHUNKED_TOO_LARGE);
	assert_int_equal(decode("1\r\nx\r\n10000\r\n"), CHUNKED_TOO_LARGE);
}

static void
what_follows_the_body_is_left_alone(void **state)
{
	(void)state;
	assert_int_equal(decode("1\r\nx\r\n0\r\n\r\n\r\nGET /"), CHUNKED_DONE);
	assert_int_equal(o.used, 11);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_037_a_chunked_body_is_decoded),
		cmocka_unit_test(an_empty_body_is_one_last_chunk),
		cmocka_unit_test(every_prefix_is_incomplete),
		cmocka_unit_test(H_04_malformed_chunks_are_refused),
		cmocka_unit_test(H_04_ten_thousand_one_byte_chunks_are_fine),
		cmocka_unit_test(H_04_extensions_and_trailers_are_bounded),
		cmocka_unit_test(
		    EST_042_too_large_a_body_is_seen_when_it_is_announced),
		cmocka_unit_test(what_follows_the_body_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
