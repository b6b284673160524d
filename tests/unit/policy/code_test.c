#include "policy/code.h"

#include "tests/lib/test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#define NONCES 200000

static struct secret_key
key_of(unsigned char fill)
{
	struct secret_key k;

	memset(k.bytes, fill, sizeof(k.bytes));
	return k;
}

static void
nonce_of(uint32_t number, unsigned char nonce[CODE_NONCE_SIZE])
{
	memset(nonce, 0, CODE_NONCE_SIZE);
	memcpy(nonce, &number, sizeof(number));
}

static void
R_AUTH_2_code_is_six_digits_of_key_and_nonce(void **state)
{
	struct secret_key one = key_of(1), two = key_of(2);
	unsigned char nonce[CODE_NONCE_SIZE];
	char a[CODE_DIGITS + 1], b[CODE_DIGITS + 1];
	int other_key = 0, other_nonce = 0;

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		nonce_of(i, nonce);
		code_derive(&one, nonce, a);
		assert_true(code_well_formed(a, strlen(a)));
		code_derive(&one, nonce, b);
		assert_string_equal(a, b);
		code_derive(&two, nonce, b);
		other_key += strcmp(a, b) != 0;
		nonce[CODE_NONCE_SIZE - 1] ^= 1;
		code_derive(&one, nonce, b);
		other_nonce += strcmp(a, b) != 0;
	}
	assert_in_range(other_key, 19, 20);
	assert_in_range(other_nonce, 19, 20);
}

/*
 * It must never change, for mails are under way. The values were computed
 * with Python's hmac from the description alone.
 */
static void
R_AUTH_2_code_stays_the_same_from_version_to_version(void **state)
{
	struct secret_key key = key_of(0x42);
	unsigned char nonce[CODE_NONCE_SIZE];
	char code[CODE_DIGITS + 1];

	(void)state;
	nonce_of(0, nonce);
	code_derive(&key, nonce, code);
	assert_string_equal(code, "675902");
	/* Its first word, 4,294,507,408, is over the ceiling: take the next. */
	nonce_of(22473, nonce);
	code_derive(&key, nonce, code);
	assert_string_equal(code, "653675");
}

/*
 * 200,000 codes of one key: each digit of each place as often as the others.
 * With 9 degrees of freedom chi-square passes 39.7 once in 100,000 keys; the
 * key is fixed, so the test is either right or wrong for good.
 */
static void
R_AUTH_2_each_code_is_equally_likely(void **state)
{
	static unsigned char seen[1000000];
	struct secret_key key = key_of(0x17);
	unsigned counts[CODE_DIGITS][10] = { 0 };
	unsigned different = 0;
	unsigned char nonce[CODE_NONCE_SIZE];
	char code[CODE_DIGITS + 1];

	(void)state;
	for (uint32_t i = 0; i < NONCES; i++) {
		nonce_of(i, nonce);
		code_derive(&key, nonce, code);
		for (size_t d = 0; d < CODE_DIGITS; d++)
			counts[d][code[d] - '0']++;
		different += seen[strtoul(code, NULL, 10)]++ == 0;
	}
	for (size_t d = 0; d < CODE_DIGITS; d++) {
		double chi_square = 0, expected = NONCES / 10.0;

		for (size_t i = 0; i < 10; i++) {
			double off = counts[d][i] - expected;

			chi_square += off * off / expected;
		}
		assert_true(chi_square < 39.7);
	}
	/* 10^6 (1 - e^-0.2) = 181,269, standard deviation 119. */
	assert_in_range(different, 181269 - 600, 181269 + 600);
}

/* Both ends of the range come up, with their leading zeros (O-10). */
static void
O_10_first_and_last_code_are_codes(void **state)
{
	struct secret_key key = key_of(0x17);
	unsigned char nonce[CODE_NONCE_SIZE];
	char code[CODE_DIGITS + 1];

	(void)state;
	nonce_of(3153373, nonce);
	code_derive(&key, nonce, code);
	assert_string_equal(code, "000000");
	nonce_of(555313, nonce);
	code_derive(&key, nonce, code);
	assert_string_equal(code, "999999");
}

static void
O_01_digest_is_of_key_account_and_code(void **state)
{
	struct secret_key one = key_of(1), two = key_of(2);
	struct digest a, b;
	char long_id[4097];

	(void)state;
	a = code_digest(&one, "sample001", "123456");
	b = code_digest(&one, "sample001", "123456");
	assert_true(digest_equal(&a, &b));
	b = code_digest(&two, "sample001", "123456");
	assert_false(digest_equal(&a, &b));
	b = code_digest(&one, "sample002", "123456");
	assert_false(digest_equal(&a, &b));
	b = code_digest(&one, "Sample001", "123456");
	assert_false(digest_equal(&a, &b));
	b = code_digest(&one, "sample001", "123457");
	assert_false(digest_equal(&a, &b));
	/* Where one ends and the other begins is not open to doubt. */
	a = code_digest(&one, "sample0011", "234567");
	b = code_digest(&one, "sample001", "123456");
	assert_false(digest_equal(&a, &b));
	/* An ID that nobody has may have any length. */
	memset(long_id, 'x', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	a = code_digest(&one, long_id, "123456");
	assert_false(digest_equal(&a, &b));
}

static void
O_03_only_exactly_six_ascii_digits_are_a_code(void **state)
{
	static const char *const bad[] = { "", "1", "12345", "1234567",
		" 12345", "12345 ", "12 345", "-12345", "+12345", "1e5000",
		"12345a", "12345/", "12345:", "\xef\xbc\x91\xef\xbc\x92",
		"\xd9\xa1\xd9\xa2\xd9\xa3" };

	(void)state;
	assert_true(code_well_formed("000000", 6));
	assert_true(code_well_formed("999999", 6));
	assert_true(code_well_formed("1234567", 6));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(code_well_formed(bad[i], strlen(bad[i])));
	assert_false(code_well_formed("12345\0", 6));
	assert_false(code_well_formed(NULL, 0));
}

/* What stands behind a password of ours, and what becomes of it (C-26). */
static const char *const folds[][2] = {
	{ "123456", "123456" },
	{ "123 456", "123456" },
	{ " 123456 ", "123456" },
	{ " 1 2 3 4 5 6  ", "123456" },
	{ "\xe3\x80\x80"
	  "123\xc2\xa0"
	  "456",
	    "123456" },
	{ "\xef\xbc\x90\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93"
	  "\xef\xbc\x94\xef\xbc\x99",
	    "012349" },
	/* U+2009, U+202F, U+200B, U+FEFF */
	{ "123\xe2\x80\x89"
	  "4\xe2\x80\xaf"
	  "5\xe2\x80\x8b"
	  "6\xef\xbb\xbf",
	    "123456" },
	{ "12345\xe2\x80\x93"
	  "6",
	    "12345\xe2\x80\x93"
	    "6" },		   /* a dash */
	{ "9123 456", "9123456" }, /* a seventh is the password's */
	/* No code: nothing is folded. */
	{ "", "" },
	{ "12 345", "12 345" },
	{ "123-456", "123-456" },
	{ "123 456x", "123 456x" },
	{ "123456+", "123456+" },
	{ "12345\xef\xbc\x9a", "12345\xef\xbc\x9a" },
	{ "12345\xd9\xa6", "12345\xd9\xa6" },
};

static void
C_26_O_03_blanks_and_wide_digits_are_folded(void **state)
{
	char text[64], wanted[64];
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(folds); i++) {
		len = (size_t)snprintf(
		    text, sizeof(text), "Abc-d%s", folds[i][0]);
		snprintf(wanted, sizeof(wanted), "Abc-d%s", folds[i][1]);
		assert_int_equal(code_fold(text, len), strlen(wanted));
		assert_memory_equal(text, wanted, strlen(wanted));
	}
	assert_int_equal(code_fold(NULL, 0), 0);
}

/* Computed with Python's hmac, as above. */
static void
T3_code_and_token_of_an_address_stay_the_same(void **state)
{
	static const char *const wanted[] = { "97625167", "77157998" };
	struct secret_key key = key_of(0x42);
	unsigned char nonce[CODE_NONCE_SIZE];
	char code[CODE_EMAIL_DIGITS + 1], token[CODE_TOKEN_SIZE];
	struct digest one, other;

	(void)state;
	for (uint32_t i = 0; i < COUNT(wanted); i++) {
		nonce_of(i, nonce);
		code_derive_email(&key, nonce, code);
		assert_string_equal(code, wanted[i]);
	}
	nonce_of(0, nonce);
	code_derive_token(&key, nonce, token);
	assert_string_equal(token, "21909e82675cbd31a328f01ee92e2d75");
	one = code_email_digest(&key, "sample001", code);
	other = code_email_digest(&key, "sample002", code);
	assert_false(digest_equal(&one, &other));
}

static void
O_03_T3_eight_digits_are_folded_and_nothing_else_is_taken(void **state)
{
	static const char *const good[] = { "12345678", " 1234 5678 ",
		"１２３４５６７８" };
	static const char *const bad[] = { "", "1234567", "123456789",
		"1234567a", "x12345678", "12345678\n" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		size_t len =
		    (size_t)snprintf(text, sizeof(text), "%s", good[i]);

		assert_int_equal(code_fold_email(text, len), 8);
		assert_memory_equal(text, "12345678", 8);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		size_t len = (size_t)snprintf(text, sizeof(text), "%s", bad[i]);

		assert_int_equal(code_fold_email(text, len), 0);
	}
}

/* `password` and `split` (0: no password and code) by the default bounds. */
static const struct form {
	const char *secret;
	bool password;
	size_t split;
} forms[] = {
	{ "", false, 0 }, { "123456", false, 0 },
	{ "Abc-d12", false, 0 },	     /* 7 */
	{ "Abc-d123", true, 0 },	     /* 8 */
	{ "Abc-d1234567", true, 0 },	     /* 12 */
	{ "Abc-d12345678", false, 0 },	     /* 13 */
	{ "Abc-d12345600", false, 0 },	     /* 7 + 6 */
	{ "Abc-d123000000", false, 8 },	     /* 8 + 6 */
	{ "Abc-d1234567999999", false, 12 }, /* 12 + 6 */
	{ "Abc-d12345678999999", false, 0 }, /* 13 + 6 */
	{ "Abc-d123 00000", false, 0 },	     /* no code */
	{ "Abc-d12300000x", false, 0 },	     /* no code */
	{ "Abc-d123 000000", false, 9 },     /* the space is password */
	{ "Abc-d1230000000", false, 9 },     /* seven digits: six */
};

static void
EST_4_2_default_candidates_never_overlap(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		const struct form *f = &forms[i];
		struct code_candidates c =
		    code_candidates(f->secret, strlen(f->secret), 8, 12);

		assert_int_equal(c.password, f->password);
		assert_int_equal(c.password_and_code, f->split != 0);
		assert_int_equal(c.split, f->split);
		assert_false(c.password && c.password_and_code);
	}
}

static void
EST_4_2_candidates_overlap_with_a_larger_maximum(void **state)
{
	struct code_candidates c = code_candidates("Abc-d123000000", 14, 8, 14);

	(void)state;
	assert_true(c.password);
	assert_true(c.password_and_code);
	assert_int_equal(c.split, 8);
	c = code_candidates("Abc-d123000000", 14, 8, 13);
	assert_false(c.password);
	assert_true(c.password_and_code);
	/* One more than the longest password leaves only the code's reading. */
	c = code_candidates("Abc-d12345678000000", 19, 8, 13);
	assert_false(c.password);
	assert_int_equal(c.split, 13);
}

static void
A_05_secret_over_every_bound_is_no_candidate(void **state)
{
	static char huge[1 << 20];
	struct code_candidates c;

	(void)state;
	memset(huge, '1', sizeof(huge));
	for (size_t len = 135; len < sizeof(huge); len *= 2) {
		c = code_candidates(huge, len, 8, 128);
		assert_false(c.password);
		assert_false(c.password_and_code);
	}
	c = code_candidates(huge, 134, 8, 128);
	assert_true(c.password_and_code);
	assert_int_equal(c.split, 128);
	c = code_candidates(NULL, 0, 8, 128);
	assert_false(c.password || c.password_and_code);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_AUTH_2_code_is_six_digits_of_key_and_nonce),
		cmocka_unit_test(
		    R_AUTH_2_code_stays_the_same_from_version_to_version),
		cmocka_unit_test(R_AUTH_2_each_code_is_equally_likely),
		cmocka_unit_test(O_10_first_and_last_code_are_codes),
		cmocka_unit_test(O_01_digest_is_of_key_account_and_code),
		cmocka_unit_test(O_03_only_exactly_six_ascii_digits_are_a_code),
		cmocka_unit_test(C_26_O_03_blanks_and_wide_digits_are_folded),
		cmocka_unit_test(T3_code_and_token_of_an_address_stay_the_same),
		cmocka_unit_test(
		    O_03_T3_eight_digits_are_folded_and_nothing_else_is_taken),
		cmocka_unit_test(EST_4_2_default_candidates_never_overlap),
		cmocka_unit_test(
		    EST_4_2_candidates_overlap_with_a_larger_maximum),
		cmocka_unit_test(A_05_secret_over_every_bound_is_no_candidate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
