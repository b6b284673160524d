#include "base/b64.h"

#include "base/secret.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

/* Decodes `len` bytes of text out of a block of exactly that size. */
static bool
decode(const char *text, size_t len, bool white, char *out, size_t *out_len)
{
	unsigned char *room = malloc(len / 4 * 3 + 3);
	char *exact = malloc(len > 0 ? len : 1);
	bool ok;

	assert_non_null(room);
	assert_non_null(exact);
	memcpy(exact, text, len);
	ok = b64_decode(exact, len, white, room, out_len);
	if (ok && out != NULL) {
		memcpy(out, room, *out_len);
		out[*out_len] = '\0';
	}
	free(room);
	free(exact);
	return ok;
}

static void
accepts(const char *text, bool white, const char *expected)
{
	char out[256];
	size_t len;

	if (!decode(text, strlen(text), white, out, &len))
		fail_msg("refused: %s", text);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(out, expected, len);
}

static void
refuses_bytes(const char *text, size_t text_len)
{
	size_t len = 99;

	if (decode(text, text_len, true, NULL, &len))
		fail_msg("accepted: %.*s", (int)text_len, text);
	assert_int_equal(len, 0);
}

static void
refuses(const char *text)
{
	refuses_bytes(text, strlen(text));
}

/* RFC 4648 section 10. */
static const struct {
	const char *plain, *coded;
} vectors[] = {
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

static void
EST_080_vectors_of_the_rfc_both_ways(void **state)
{
	char out[32];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(vectors); i++) {
		size_t len = strlen(vectors[i].plain);
		size_t size =
		    b64_encode(out, vectors[i].plain, len, B64_LINES_NONE);

		assert_int_equal(size, b64_encoded_size(len, B64_LINES_NONE));
		assert_int_equal(size, strlen(vectors[i].coded));
		assert_memory_equal(out, vectors[i].coded, size);
		accepts(vectors[i].coded, true, vectors[i].plain);
		accepts(vectors[i].coded, false, vectors[i].plain);
	}
	assert_int_equal(b64_encode(out, NULL, 0, B64_LINES_NONE), 0);
	assert_int_equal(b64_encode(out, NULL, 0, B64_LINES_64), 0);
	assert_int_equal(b64_encoded_size(0, B64_LINES_64), 0);
}

static void
EST_084_lines_are_64_columns_each_with_its_newline(void **state)
{
	static const size_t newlines[][2] = { { 1, 1 }, { 2, 1 }, { 3, 1 },
		{ 51, 2 }, { 47, 1 }, { 48, 1 }, { 49, 2 }, { 96, 2 },
		{ 97, 3 } };
	unsigned char bytes[97] = { 0 };
	char out[256];
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(newlines); i++) {
		size_t column = 0, lines = 0;
		size_t size =
		    b64_encode(out, bytes, newlines[i][0], B64_LINES_64);

		assert_int_equal(
		    size, b64_encoded_size(newlines[i][0], B64_LINES_64));
		for (k = 0; k < size; k++, column++) {
			if (out[k] != '\n')
				continue;
			if (k + 1 < size)
				assert_int_equal(column, 64);
			lines++;
			column = (size_t)-1;
		}
		assert_int_equal(out[size - 1], '\n');
		assert_int_equal(lines, newlines[i][1]);
	}
}

static void
every_length_and_byte_comes_back(void **state)
{
	unsigned char bytes[200], back[300];
	char coded[512];
	size_t len, size, out_len;

	(void)state;
	secret_random(bytes, sizeof(bytes));
	for (len = 1; len <= sizeof(bytes); len++) {
		size = b64_encode(coded, bytes, len, B64_LINES_64);
		assert_true(b64_decode(coded, size, true, back, &out_len));
		assert_int_equal(out_len, len);
		assert_memory_equal(back, bytes, len);
	}
	for (len = 0; len < 256; len++)
		back[len] = (unsigned char)len;
	size = b64_encode(coded, back, 256, B64_LINES_NONE);
	assert_true(b64_decode(coded, size, false, back, &out_len));
	for (len = 0; len < 256; len++)
		assert_int_equal(back[len], len);
}

static void
decodes_over_its_own_text(void **state)
{
	char text[] = " Zm9v\r\nYmFy\tZg = =\n";
	size_t len;

	(void)state;
	assert_true(
	    b64_decode(text, strlen(text), true, (unsigned char *)text, &len));
	assert_int_equal(len, 7);
	assert_memory_equal(text, "foobarf", 7);
}

static void
EST_081_white_space_is_skipped_anywhere(void **state)
{
	static const char *const texts[] = { "Zm9vYg==", "Zm9vYg==\n",
		"\r\n\r\nZm9vYg==", "Zm9v\r\nYg==\r\n", "Z m\t9\nv\rY g==",
		"Zm9vYg=\n=", "Zm9vYg\n==", "Zm9vYg== \t\r\n\n\n",
		"  Zm9v\n\n\nYg==" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++)
		accepts(texts[i], true, "foob");
}

static void
white_space_is_refused_where_it_is_not_asked_for(void **state)
{
	static const char *const texts[] = { "Zm9v\n", " Zm9v", "Zm 9v",
		"Zm9v\r\n", "Zm9v\t", "Zg=\n=" };
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(texts); i++)
		assert_false(
		    decode(texts[i], strlen(texts[i]), false, NULL, &len));
}

/* `bytes` in lines of `columns` that end with `newline`. */
static size_t
fold(char *out, const char *coded, size_t len, size_t columns,
    const char *newline)
{
	size_t i, used = 0;

	for (i = 0; i < len; i++) {
		out[used++] = coded[i];
		if ((i + 1) % columns == 0) {
			memcpy(out + used, newline, strlen(newline));
			used += strlen(newline);
		}
	}
	return used;
}

static void
B_01_any_folding_is_accepted(void **state)
{
	static const char *const newlines[] = { "", "\n", "\r\n", " ", "\t",
		" \t ", "\n\n", "\r" };
	static const size_t columns[] = { 1, 63, 64, 65, 76, 100000 };
	unsigned char bytes[700], back[6000];
	char coded[1000], folded[6000];
	size_t i, k, size, len;

	(void)state;
	secret_random(bytes, sizeof(bytes));
	size = b64_encode(coded, bytes, sizeof(bytes), B64_LINES_NONE);
	for (i = 0; i < COUNT(newlines); i++) {
		for (k = 0; k < COUNT(columns); k++) {
			size_t used =
			    fold(folded, coded, size, columns[k], newlines[i]);

			assert_true(b64_decode(folded, used, true, back, &len));
			assert_int_equal(len, sizeof(bytes));
			assert_memory_equal(back, bytes, len);
		}
	}
}

static void
B_02_pem_is_not_base64(void **state)
{
	(void)state;
	refuses("-----BEGIN CERTIFICATE REQUEST-----\nZm9v\n"
		"-----END CERTIFICATE REQUEST-----\n");
}

static void
B_03_EST_082_other_alphabets_and_bad_padding_are_refused(void **state)
{
	static const char *const texts[] = {
		"Zm-v",
		"Zm_v",
		"Zm9v-",
		"Zm9v,",
		"Zm9v.",
		"Zm9v!", /* alphabet */
		"Zg=",
		"Zg",
		"Zm8",
		"Z",
		"Zm9vY",
		"Zm9vYg",
		"Zm9vYmE", /* short */
		"Z===",
		"Z=",
		"Z==",
		"=",
		"==",
		"===",
		"====", /* no group */
		"Zg===",
		"Zm8==",
		"Zm9v=",
		"Zm9v==",
		"Zm9v====", /* too much */
		"Zg=v",
		"=Zg=",
		"Z=g=",
		"Z=m9",
		"Zm=v",
		"Zm9v=Zm9v", /* middle */
		"Zh==",
		"Zi==",
		"Zw==\001",
		"Zn==",
		"Zm9=",
		"Zm+=", /* spare bits */
		"Zm9vZm9=",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++)
		refuses(texts[i]);
	accepts("Zg==", true, "f"); /* the neighbours that are right */
	accepts("Zw==", true, "g");
	accepts("Zm8=", true, "fo");
}

static void
every_nonzero_spare_bit_is_refused(void **state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[4] = { 'A', 0, '=', '=' };
	unsigned char out[3];
	size_t i, len;

	(void)state;
	for (i = 0; i < 64; i++) {
		text[1] = digits[i];
		assert_int_equal(
		    b64_decode(text, 4, true, out, &len), i % 16 == 0);
	}
	text[1] = 'A';
	for (i = 0; i < 64; i++) {
		text[2] = digits[i];
		assert_int_equal(
		    b64_decode(text, 4, true, out, &len), i % 4 == 0);
	}
}

static void
B_04_EST_082_every_other_byte_is_refused(void **state)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789+/\r\n\t ";
	char text[9] = "Zm9vZm9v";
	int c;

	(void)state;
	for (c = 0; c < 256; c++) {
		if (c != 0 && strchr(allowed, c) != NULL)
			continue;
		text[5] = (char)c;
		refuses_bytes(text, 8);
	}
	refuses_bytes("Zm9v\0", 5);		     /* NUL at the end */
	refuses_bytes("Zg==\0", 5);		     /* and after padding */
	refuses_bytes("\xef\xbb\xbfZm9v", 7);	     /* UTF-8 BOM */
	refuses_bytes("\xff\xfeZ\0m\0009\0v\0", 10); /* UTF-16 LE */
	refuses_bytes("Z\0m\0009\0v\0", 8);	     /* without BOM */
	refuses_bytes("\0Z\0m\0009\0v", 8);	     /* UTF-16 BE */
	refuses_bytes("Zm9v\v", 5);		     /* white, but not ours */
	refuses_bytes("Zm9v\f", 5);
	refuses_bytes("Zm9v\xa0", 5);
}

static void
EST_082_nothing_at_all_is_refused(void **state)
{
	(void)state;
	refuses("");
	refuses(" ");
	refuses("\r\n\t \n");
}

static void
B_05_white_space_without_end_does_no_harm(void **state)
{
	size_t size = 100 * 1024, len;
	char *text = malloc(size + 4);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', size);
	refuses_bytes(text, size);
	memcpy(text + size, "Zm9v", 4);
	assert_true(
	    b64_decode(text, size + 4, true, (unsigned char *)text, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(text, "foo", 3);
	free(text);
}

static void
B_06_EST_082_text_after_padding_is_refused(void **state)
{
	(void)state;
	refuses("Zg==Zg==");
	refuses("Zg==\nZm9v");
	refuses("Zm8=Zm8=");
	refuses("Zm8=\r\n=");
	refuses("Zg== =");
	refuses("Zg==A");
}

static void
B_07_raw_der_is_refused(void **state)
{
	(void)state;
	refuses_bytes("\x30\x82\x01\x0a\x02\x01\x00", 7);
	refuses_bytes("0\x03\x02\x01\x05", 5); /* 0x30 itself is a digit */
}

/* One layer only is taken off; what is left is no DER, which pki/csr says. */
static void
B_08_base64_of_base64_is_decoded_once(void **state)
{
	(void)state;
	accepts("Wm05dg==", true, "Zm9v");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_080_vectors_of_the_rfc_both_ways),
		cmocka_unit_test(
		    EST_084_lines_are_64_columns_each_with_its_newline),
		cmocka_unit_test(every_length_and_byte_comes_back),
		cmocka_unit_test(decodes_over_its_own_text),
		cmocka_unit_test(EST_081_white_space_is_skipped_anywhere),
		cmocka_unit_test(
		    white_space_is_refused_where_it_is_not_asked_for),
		cmocka_unit_test(B_01_any_folding_is_accepted),
		cmocka_unit_test(B_02_pem_is_not_base64),
		cmocka_unit_test(
		    B_03_EST_082_other_alphabets_and_bad_padding_are_refused),
		cmocka_unit_test(every_nonzero_spare_bit_is_refused),
		cmocka_unit_test(B_04_EST_082_every_other_byte_is_refused),
		cmocka_unit_test(EST_082_nothing_at_all_is_refused),
		cmocka_unit_test(B_05_white_space_without_end_does_no_harm),
		cmocka_unit_test(B_06_EST_082_text_after_padding_is_refused),
		cmocka_unit_test(B_07_raw_der_is_refused),
		cmocka_unit_test(B_08_base64_of_base64_is_decoded_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
