/*
 * What a body may look like: base64 (B-), PEM (EST-080 to EST-083).
 */
#include "pki/csr.h"

#include "base/b64.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/test.h"
#include "tests/lib/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct der
plain(void)
{
	return vectors_load(vectors_arena, "good", "p256");
}

/* The reason for this text, or NULL when it is the plain request. */
static const char *
decode_n(const char *text, size_t len, bool pem)
{
	struct der expected = plain(), got;
	char *copy = (char *)fuzz_copy(text, len);
	const char *reason = csr_decode(vectors_arena, copy, len, pem, &got);

	free(copy);
	if (reason == NULL && !der_equal(&got, expected.at, expected.len))
		return "it is another request";
	return reason;
}

static const char *
decode(const char *text)
{
	return decode_n(text, strlen(text), true);
}

static char *
encoded(enum b64_lines lines)
{
	struct der der = plain();
	size_t size = b64_encoded_size(der.len, lines);
	char *text = arena_zero(vectors_arena, size + 1);

	b64_encode(text, der.at, der.len, lines);
	return text;
}

/* `every` characters, then `with`. */
static char *
broken_up(size_t every, const char *with)
{
	const char *from = encoded(B64_LINES_NONE);
	size_t len = strlen(from);
	char *text = arena_zero(vectors_arena, len * (strlen(with) + 1) + 1),
	     *to = text;

	for (size_t i = 0; i < len; i++) {
		*to++ = from[i];
		if ((i + 1) % every == 0) {
			memcpy(to, with, strlen(with));
			to += strlen(with);
		}
	}
	return text;
}

static void
B_01_EST_081_white_space_anywhere(void **state)
{
	(void)state;
	assert_null(decode(encoded(B64_LINES_NONE)));
	assert_null(decode(encoded(B64_LINES_64)));
	assert_null(decode(broken_up(76, "\n")));
	assert_null(decode(broken_up(64, "\r\n")));
	assert_null(decode(broken_up(1, " \t")));
	assert_null(decode(broken_up(64, "\n\n\r\n")));
	assert_null(decode(arena_printf(
	    vectors_arena, " \r\n\t%s\r\n \t", encoded(B64_LINES_NONE))));
}

#define BEGIN "-----BEGIN CERTIFICATE REQUEST-----\n"
#define END_LINE "-----END CERTIFICATE REQUEST-----"

static char *
around(const char *before, const char *after)
{
	return arena_printf(
	    vectors_arena, "%s%s%s", before, encoded(B64_LINES_64), after);
}

static void
B_02_EST_083_pem_where_it_is_allowed(void **state)
{
	char *text = around(BEGIN, END_LINE "\n");

	(void)state;
	assert_null(decode(text));
	assert_null(decode(around("\n" BEGIN, END_LINE "\r\n\r\n")));
	assert_null(decode(around("-----BEGIN NEW CERTIFICATE REQUEST-----\n",
	    "-----END NEW CERTIFICATE REQUEST-----")));
	assert_non_null(
	    strstr(decode_n(text, strlen(text), false), "without BEGIN"));
}

static void
B_02_EST_083_pem_that_is_something_else(void **state)
{
	(void)state;
	assert_non_null(decode(around(
	    "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n")));
	assert_non_null(decode(around(BEGIN, "")));
	assert_non_null(decode(around(BEGIN "Proc-Type: 4\n\n", END_LINE)));
	assert_non_null(
	    decode(around(BEGIN, "-----END NEW CERTIFICATE REQUEST-----")));
	assert_non_null(decode(BEGIN END_LINE));
	assert_non_null(decode("-----BEGIN CERTIFICATE REQUEST-----"));
	assert_non_null(strstr(
	    decode(around(BEGIN, END_LINE "\n" BEGIN END_LINE)), "one PEM"));
	assert_non_null(
	    strstr(decode(around("-----BEGIN CERTIFICATE-----\nMIIB\n"
				 "-----END CERTIFICATE-----\n" BEGIN,
		       END_LINE)),
		"one PEM"));
	assert_non_null(decode(around("x" BEGIN, END_LINE)));
}

/* GnuTLS, NSS, `openssl req -text` and mail programs tell people more. */
static void
C_05_EST_083_text_around_the_block(void **state)
{
	char *text = around(
	    "0 Certificate request:\n  Version: 0 (-----)\n\n" BEGIN, END_LINE);

	(void)state;
	assert_null(decode(text));
	assert_null(decode(around("text\r\n" BEGIN, END_LINE "\r\nmore\r\n")));
	assert_null(decode(around("text\r" BEGIN, END_LINE)));
	assert_non_null(
	    strstr(decode_n(text, strlen(text), false), "without BEGIN"));
	assert_ptr_equal(decode(around("-----BEGIN EC PRIVATE KEY-----\nMHcC\n"
				       "-----END EC PRIVATE KEY-----\n" BEGIN,
			     END_LINE)),
	    csr_private_key);
}

/* The text as UTF-16, the low byte first or last. */
static const char *
decode_wide(const char *text, size_t low)
{
	size_t len = strlen(text);
	char *wide = arena_zero(vectors_arena, 2 * len);

	for (size_t i = 0; i < len; i++)
		wide[2 * i + low] = text[i];
	return decode_n(wide, 2 * len, true);
}

/* Whose answer would be "send it once more". */
static void
D_12_C_05_a_private_key_is_known_in_any_encoding(void **state)
{
	static const char pem[] = "-----BEGIN EC PRIVATE KEY-----\nMHcC\n"
				  "-----END EC PRIVATE KEY-----\n";
	/* RSAPrivateKey: a version and a modulus. */
	static const char der[] = "\n\x30\x06\x02\x01\x00\x02\x01\x05";

	(void)state;
	assert_ptr_equal(
	    decode(arena_printf(vectors_arena, "\xef\xbb\xbf%s", pem)),
	    csr_private_key);
	assert_ptr_equal(decode("\xef\xbb\xbfMAYCAQACAQU="), csr_private_key);
	assert_ptr_equal(decode_wide(pem, 0), csr_private_key);
	assert_ptr_equal(decode_wide(pem, 1), csr_private_key);
	assert_ptr_equal(decode_wide("MAYCAQACAQU=", 0), csr_private_key);
	assert_ptr_equal(decode_n(der, sizeof(der) - 1, true), csr_private_key);
	/* base64 of the PEM */
	assert_ptr_equal(decode("LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tCg=="),
	    csr_private_key);
}

static void
C_05_other_encodings_are_told_by_name(void **state)
{
	const char *bare = encoded(B64_LINES_64);
	const char *pem = around(BEGIN, END_LINE);

	(void)state;
	assert_non_null(
	    strstr(decode(arena_printf(vectors_arena, "\xef\xbb\xbf%s", pem)),
		"mark"));
	assert_non_null(
	    strstr(decode(arena_printf(vectors_arena, "\xef\xbb\xbf%s", bare)),
		"mark"));
	for (size_t low = 0; low < 2; low++) {
		assert_non_null(strstr(decode_wide(pem, low), "UTF-16"));
		assert_non_null(strstr(decode_wide(bare, low), "UTF-16"));
	}
	assert_non_null(strstr(decode("\xff\xfe"
				      "M"),
	    "UTF-16"));
	assert_non_null(strstr(decode("\xfe\xff"
				      "M"),
	    "UTF-16"));
}

static void
B_03_EST_082_outside_the_alphabet_or_padding(void **state)
{
	const char *all = encoded(B64_LINES_NONE);
	size_t len = strlen(all);

	(void)state;
	assert_non_null(
	    decode(arena_printf(vectors_arena, "%.*s-", (int)len - 1, all)));
	assert_non_null(
	    decode(arena_printf(vectors_arena, "%.*s_", (int)len - 1, all)));
	assert_non_null(decode(arena_printf(vectors_arena, "MIIB=%s", all)));
	assert_non_null(decode(arena_printf(vectors_arena, "%s=", all)));
	assert_non_null(decode(arena_printf(vectors_arena, "%sA", all)));
	assert_non_null(decode(arena_printf(vectors_arena, "%s\n=\n", all)));
	assert_non_null(decode("MIIB="));
	assert_non_null(decode("MB=="));
	assert_non_null(decode(""));
	assert_non_null(decode(" \r\n\t"));
}

static void
B_04_bytes_that_are_no_text(void **state)
{
	char *text = arena_printf(vectors_arena, "%s", encoded(B64_LINES_NONE));
	size_t len = strlen(text);

	(void)state;
	for (int c = 0; c < 256; c++) {
		if (c > 0x20 && c < 0x7f)
			continue;
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		text[7] = (char)c;
		assert_non_null(decode_n(text, len, true));
	}
	assert_non_null(decode(arena_printf(
	    vectors_arena, "\xef\xbb\xbf%s", encoded(B64_LINES_NONE))));
	assert_non_null(decode_n("M\0I\0I\0B\0", 8, true));
}

static void
B_05_much_white_space_is_nothing(void **state)
{
	const char *all = encoded(B64_LINES_NONE);
	size_t len = strlen(all), room = 60000;
	char *text = arena_zero(vectors_arena, room + len);

	(void)state;
	memset(text, ' ', room);
	memcpy(text + room, all, len);
	assert_null(decode_n(text, room + len, true));
}

static void
B_06_two_in_one_body(void **state)
{
	const char *all = encoded(B64_LINES_NONE);

	(void)state;
	assert_non_null(decode(arena_printf(vectors_arena, "%s=%s", all, all)));
	assert_non_null(
	    decode(arena_printf(vectors_arena, "%s\n%s", all, all)));
}

static void
B_07_EST_083_raw_der_is_told_about_base64(void **state)
{
	struct der der = plain();

	(void)state;
	assert_non_null(
	    strstr(decode_n((const char *)der.at, der.len, true), "base64"));
}

static void
B_08_base64_of_base64(void **state)
{
	const char *all = encoded(B64_LINES_64);
	struct der der = { (const unsigned char *)all, strlen(all) };
	struct profile profile = profile_person();
	struct csr *csr;

	(void)state;
	assert_non_null(vectors_read(vectors_arena, der, &profile, &csr));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(B_01_EST_081_white_space_anywhere),
		cmocka_unit_test(B_02_EST_083_pem_where_it_is_allowed),
		cmocka_unit_test(B_02_EST_083_pem_that_is_something_else),
		cmocka_unit_test(C_05_EST_083_text_around_the_block),
		cmocka_unit_test(
		    D_12_C_05_a_private_key_is_known_in_any_encoding),
		cmocka_unit_test(C_05_other_encodings_are_told_by_name),
		cmocka_unit_test(B_03_EST_082_outside_the_alphabet_or_padding),
		cmocka_unit_test(B_04_bytes_that_are_no_text),
		cmocka_unit_test(B_05_much_white_space_is_nothing),
		cmocka_unit_test(B_06_two_in_one_body),
		cmocka_unit_test(B_07_EST_083_raw_der_is_told_about_base64),
		cmocka_unit_test(B_08_base64_of_base64),
	};

	return cmocka_run_group_tests(tests, vectors_begin, vectors_end);
}
