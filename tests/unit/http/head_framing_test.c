/* Where the body ends: never in doubt, or the head is refused. */
#include "tests/lib/heads.h"

#include "tests/lib/test.h"

#include <stdio.h>

static int
with_length(const char *value)
{
	char text[256];

	snprintf(text, sizeof(text), POST "Content-Length: %s\r\n\r\n", value);
	return heads_status(text);
}

static int
with_coding(const char *value)
{
	char text[256];

	snprintf(
	    text, sizeof(text), POST "Transfer-Encoding:%s\r\n\r\n", value);
	return heads_status(text);
}

static void
H_01_length_and_transfer_coding_exclude_each_other(void **state)
{
	(void)state;
	assert_int_equal(
	    heads_status(SIZED "Transfer-Encoding: chunked\r\n" END), 400);
	assert_int_equal(heads_status(POST "Transfer-Encoding: chunked\r\n"
					   "content-length: 0\r\n" END),
	    400);
	assert_int_equal(
	    heads_status(SIZED "Transfer-Encoding: identity\r\n" END), 400);
}

static void
H_02_two_lengths_are_refused_even_if_equal(void **state)
{
	(void)state;
	assert_int_equal(heads_status(SIZED "Content-Length: 6\r\n" END), 400);
	assert_int_equal(heads_status(SIZED "Content-Length: 5\r\n" END), 400);
	assert_int_equal(heads_status(SIZED "content-LENGTH: 5\r\n" END), 400);
}

static void
H_03_a_length_is_one_to_ten_digits(void **state)
{
	static const char *const bad[] = { "+5", "-1", "0x10", "5 5", "5,5",
		"18446744073709551616", "9223372036854775807", "",
		"1111111111111111111111111111111111111111", "5\t5", "5.0", "5;",
		"00000000005", "\"5\"", "5,", "a" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(with_length(bad[i]), 400);
	assert_int_equal(with_length("5"), 200);
	assert_int_equal(with_length(" 5 "), 200);
	assert_int_equal(with_length("0000000005"), 200);
	assert_int_equal(with_length("0"), 200);
	assert_int_equal(with_length("9999999999"), 413);
}

static void
H_05_only_one_plain_chunked_is_a_transfer_coding(void **state)
{
	static const char *const bad[] = { " xchunked", " chunked, chunked",
		" identity", "\tchunked", " \tchunked", " chunked\t",
		"\vchunked", " gzip, chunked", " chunked;q=1", " \"chunked\"",
		" chunke", " chunkedd", "", " ,chunked", " chunked," };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_true(
		    with_coding(bad[i]) == 400 || with_coding(bad[i]) == 501);
	assert_int_equal(with_coding(" gzip"), 501);
	assert_int_equal(with_coding("\tchunked"), 400);
	assert_int_equal(with_coding(" chunked"), 200);
	assert_int_equal(with_coding("CHUNKED "), 200);
	assert_int_equal(
	    heads_status(POST "Transfer-Encoding: chunked\r\n"
			      "Transfer-Encoding: chunked\r\n" END),
	    400);
}

static void
EST_038_doubtful_framing_is_never_guessed(void **state)
{
	(void)state;
	assert_int_equal(heads_status(POST "Content-Length : 5\r\n" END), 400);
	assert_int_equal(heads_status(POST "Content-Length\t: 5\r\n" END), 400);
	assert_int_equal(heads_status(POST "Content_Length: 5\r\n" END), 411);
	assert_int_equal(heads_status(POST " Content-Length: 5\r\n" END), 400);
}

static void
EST_039_a_post_without_length_is_411(void **state)
{
	(void)state;
	assert_int_equal(heads_status(POST END), 411);
	assert_int_equal(heads_status(LINE HOST END), 200);
	assert_int_equal(heads_status("DELETE /a HTTP/1.1\r\n" HOST END), 200);
}

static void
EST_040_other_expectations_are_417(void **state)
{
	(void)state;
	assert_int_equal(
	    heads_status(SIZED "Expect: 100-continue\r\n" END), 200);
	assert_int_equal(heads_status(SIZED "Expect: x\r\n" END), 417);
	assert_int_equal(heads_status(SIZED "Expect:\r\n" END), 417);
	assert_int_equal(
	    heads_status(SIZED "Expect: 100-continue, x\r\n" END), 417);
	assert_int_equal(heads_status(SIZED "Expect: 100-continue\r\n"
					    "Expect: x\r\n" END),
	    417);
}

static void
H_13_an_empty_body_is_a_body(void **state)
{
	struct head h;
	static const char text[] = POST "Content-Length: 0\r\n" END;

	(void)state;
	assert_int_equal(heads_read(&h, text, sizeof(text) - 1), 200);
	assert_int_equal(h.framing, HEAD_BODY_SIZED);
	assert_int_equal(h.length, 0);
}

static void
H_14_EST_042_a_body_over_the_limit_is_413(void **state)
{
	(void)state;
	assert_int_equal(with_length("65536"), 200);
	assert_int_equal(with_length("65537"), 413);
	assert_int_equal(with_length("1073741824"), 413);
}

static void
H_16_content_codings_are_415(void **state)
{
	(void)state;
	assert_int_equal(
	    heads_status(SIZED "Content-Encoding: gzip\r\n" END), 415);
	assert_int_equal(
	    heads_status(SIZED "Content-Encoding: identity, gzip\r\n" END),
	    415);
	assert_int_equal(
	    heads_status(SIZED "Content-Encoding: Identity\r\n" END), 200);
	assert_int_equal(heads_status(SIZED "Content-Encoding: identity\r\n"
					    "Content-Encoding: br\r\n" END),
	    415);
	assert_int_equal(
	    heads_status(SIZED "Accept-Encoding: gzip\r\n" END), 200);
}

static void
doubtful_framing_comes_before_other_refusals(void **state)
{
	(void)state;
	assert_int_equal(heads_status(LINE "Expect: x\r\n" END), 400);
	assert_int_equal(heads_status(POST "Transfer-Encoding: chunked\r\n"
					   "Content-Length: 99999999\r\n" END),
	    400);
	assert_int_equal(heads_status(POST "Content-Length: 99999999\r\n"
					   "Expect: x\r\n" END),
	    413);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    H_01_length_and_transfer_coding_exclude_each_other),
		cmocka_unit_test(H_02_two_lengths_are_refused_even_if_equal),
		cmocka_unit_test(H_03_a_length_is_one_to_ten_digits),
		cmocka_unit_test(
		    H_05_only_one_plain_chunked_is_a_transfer_coding),
		cmocka_unit_test(EST_038_doubtful_framing_is_never_guessed),
		cmocka_unit_test(EST_039_a_post_without_length_is_411),
		cmocka_unit_test(EST_040_other_expectations_are_417),
		cmocka_unit_test(H_13_an_empty_body_is_a_body),
		cmocka_unit_test(H_14_EST_042_a_body_over_the_limit_is_413),
		cmocka_unit_test(H_16_content_codings_are_415),
		cmocka_unit_test(doubtful_framing_comes_before_other_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
