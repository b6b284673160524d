/*
 * DER (D-), and all that can go wrong with a good request on its way.
 */
#include "pki/csr.h"

#include "base/b64.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/test.h"
#include "tests/lib/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN "-----BEGIN CERTIFICATE REQUEST-----\n"
#define END_LINE "-----END CERTIFICATE REQUEST-----"

static struct der
plain(void)
{
	return vectors_load(vectors_arena, "good", "p256");
}

static const char *
read_copy(const void *bytes, size_t len)
{
	struct arena *a = arena_new();
	unsigned char *copy = fuzz_copy(bytes, len);
	struct der der = { copy, len };
	struct csr *csr;
	const char *reason = csr_read(a, &der, &csr);

	assert_true((reason == NULL) == (csr != NULL));
	if (reason == NULL)
		reason = csr_prove(csr);
	arena_free(a);
	free(copy);
	return reason;
}

static void
D_01_cut_at_every_length(void **state)
{
	struct der der = plain();

	(void)state;
	assert_null(read_copy(der.at, der.len));
	for (size_t len = 0; len < der.len; len++)
		assert_non_null(read_copy(der.at, len));
}

static void
D_02_EST_088_bytes_after_it(void **state)
{
	(void)state;
	vectors_refused("D-02-", "well-formed DER");
}

static void
D_03_EST_088_ber(void **state)
{
	(void)state;
	vectors_refused("D-03-indefinite", "well-formed DER");
	vectors_refused("D-03-length-", "well-formed DER");
	vectors_refused("D-03-string-", "well-formed DER");
	vectors_refused("D-03-signature-", "well-formed DER");
	vectors_refused("D-03-boolean-", "well-formed");
	vectors_refused("D-03-attributes-", "not a certification request");
}

static void
D_04_EST_089_lengths_beyond_everything(void **state)
{
	(void)state;
	vectors_refused("D-04-", "well-formed DER");
}

static void
D_05_EST_089_nested_ten_thousand_deep(void **state)
{
	(void)state;
	vectors_refused("D-05-", "well-formed DER");
}

static void
D_06_EST_150_versions(void **state)
{
	(void)state;
	vectors_refused("D-06-version-1", "must be 0");
	vectors_refused("D-06-version-negative", "must be 0");
	vectors_refused("D-06-version-2-40", "must be 0");
	vectors_refused("D-06-version-padded", "well-formed DER");
	vectors_refused("D-06-version-ff", "well-formed DER");
	vectors_refused("D-06-version-empty", "well-formed DER");
	vectors_refused("D-06-value-padded", "well-formed DER");
}

static void
D_07_object_identifiers(void **state)
{
	(void)state;
	vectors_refused("D-07-", "well-formed DER");
}

static void
D_08_bit_strings(void **state)
{
	(void)state;
	vectors_refused("D-08-", "well-formed DER");
}

static void
D_09_rubbish_times_are_ignored(void **state)
{
	(void)state;
	vectors_good(vectors_arena, "attribute-time-rubbish");
}

static void
D_10_C_04_EST_155_an_attribute_stands_there_once(void **state)
{
	(void)state;
	vectors_refused("D-10-", "more than once");
}

/* Signed are the first element's bytes: only they cannot change. */
static void
check_changed(const struct der *original, const unsigned char *bytes,
    size_t len, size_t at, const char *how)
{
	struct der rest = *original, all, info, got_rest = { bytes, len },
		   got_all, got_info;

	if (read_copy(bytes, len) != NULL)
		return;
	assert_true(der_take(&rest, DER_SEQUENCE, &all));
	assert_true(der_take_whole(&all, DER_SEQUENCE, &info));
	assert_true(der_take(&got_rest, DER_SEQUENCE, &got_all));
	assert_true(der_take_whole(&got_all, DER_SEQUENCE, &got_info));
	if (!der_equal(&got_info, info.at, info.len))
		fail_msg("%s at %zu: accepted", how, at);
}

static void
change_everywhere(const char *name)
{
	struct der der = vectors_load(vectors_arena, "good", name);
	unsigned char *bytes = malloc(der.len + 1);

	assert_non_null(bytes);
	for (size_t i = 0; i < der.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			memcpy(bytes, der.at, der.len);
			bytes[i] ^= (unsigned char)(1 << bit);
			check_changed(&der, bytes, der.len, i, "bit flipped");
		}
		memcpy(bytes, der.at, i);
		memcpy(bytes + i, der.at + i + 1, der.len - i - 1);
		check_changed(&der, bytes, der.len - 1, i, "byte removed");
		memcpy(bytes, der.at, i + 1);
		memcpy(bytes + i + 1, der.at + i, der.len - i);
		check_changed(&der, bytes, der.len + 1, i, "byte doubled");
	}
	free(bytes);
}

static void
D_11_no_change_passes_unless_it_verifies(void **state)
{
	(void)state;
	change_everywhere("p256");
	change_everywhere("ed25519");
	change_everywhere("names-two");
	change_everywhere("challenge-utf8");
}

/* Several changes at once, the same ones in every run. */
static void
D_11_ten_thousand_random_changes(void **state)
{
	static const char *const names[] = { "p256", "rsa2048-sha256",
		"pss-sha256", "usage-all-three", "names-odd", "subject-multi" };
	struct der der;
	unsigned char *bytes;
	uint32_t seed = 20261120;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		der = vectors_load(
		    vectors_arena, "good", names[i % COUNT(names)]);
		bytes = fuzz_copy(der.at, der.len);
		for (int n = 0; n < 1 + i % 5; n++) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 8) % der.len] =
			    (unsigned char)(seed >> 24);
		}
		check_changed(&der, bytes, der.len, 0, "random bytes");
		free(bytes);
	}
}

static void
D_12_other_things_are_named(void **state)
{
	(void)state;
	vectors_refused("D-12-certificate", "not a certification request");
	vectors_refused("D-12-crl", "not a certification request");
	vectors_refused("D-12-pkcs7", "not a certification request");
	vectors_refused("D-12-spkac", "not a certification request");
	vectors_refused("D-12-public-key", "not a certification request");
}

static void
check_private(const char *name)
{
	size_t size;
	struct der der, got;
	char *text;

	if (strncmp(name, "D-12-private", 12) != 0)
		return;
	der = vectors_load(vectors_arena, "bad", name);
	size = b64_encoded_size(der.len, B64_LINES_NONE);
	text = arena_zero(vectors_arena, size);
	b64_encode(text, der.at, der.len, B64_LINES_NONE);
	assert_ptr_equal(
	    csr_decode(vectors_arena, text, size, true, &got), csr_private_key);
	assert_null(got.at);
	assert_ptr_equal(csr_decode(vectors_arena, der.at, der.len, true, &got),
	    csr_private_key);
}

static void
D_12_private_keys_are_known_as_such(void **state)
{
	static const char pem[] = "-----BEGIN PRIVATE KEY-----\nMC4C\n"
				  "-----END PRIVATE KEY-----\n";
	static const char after[] =
	    BEGIN END_LINE "\n"
			   "-----BEGIN RSA PRIVATE KEY-----\n";
	struct der got;

	(void)state;
	vectors_each("bad", check_private);
	assert_ptr_equal(
	    csr_decode(vectors_arena, pem, strlen(pem), true, &got),
	    csr_private_key);
	assert_ptr_equal(
	    csr_decode(vectors_arena, pem, strlen(pem), false, &got),
	    csr_private_key);
	assert_ptr_equal(
	    csr_decode(vectors_arena, after, strlen(after), true, &got),
	    csr_private_key);
}

static void
D_13_EST_155_too_many_attributes(void **state)
{
	struct buf b;
	size_t info, list, name, key;

	(void)state;
	buf_init(&b, 60000);
	info = der_open(&b, DER_SEQUENCE);
	name = der_open(&b, DER_SEQUENCE);
	der_small(&b, 0);
	der_put(&b, DER_SEQUENCE, NULL, 0);
	key = der_open(&b, DER_SEQUENCE);
	der_close(&b, key);
	list = der_open(&b, DER_CONTEXT_SET(0));
	for (unsigned char i = 0; i < 100; i++) {
		unsigned char oid[] = { 0x2a, 3, i };
		size_t one = der_open(&b, DER_SEQUENCE);

		der_put(&b, DER_OID, oid, sizeof(oid));
		der_put(&b, DER_SET, NULL, 0);
		der_close(&b, one);
	}
	der_close(&b, list);
	der_close(&b, name);
	der_put(&b, DER_SEQUENCE, NULL, 0);
	der_bits(&b, "x", 1);
	der_close(&b, info);
	assert_true(buf_ok(&b));
	assert_non_null(strstr(read_copy(b.at, b.used), "too many"));
	buf_free(&b);
	vectors_refused("EST-155-attributes-65", "too many");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(D_01_cut_at_every_length),
		cmocka_unit_test(D_02_EST_088_bytes_after_it),
		cmocka_unit_test(D_03_EST_088_ber),
		cmocka_unit_test(D_04_EST_089_lengths_beyond_everything),
		cmocka_unit_test(D_05_EST_089_nested_ten_thousand_deep),
		cmocka_unit_test(D_06_EST_150_versions),
		cmocka_unit_test(D_07_object_identifiers),
		cmocka_unit_test(D_08_bit_strings),
		cmocka_unit_test(D_09_rubbish_times_are_ignored),
		cmocka_unit_test(
		    D_10_C_04_EST_155_an_attribute_stands_there_once),
		cmocka_unit_test(D_11_no_change_passes_unless_it_verifies),
		cmocka_unit_test(D_11_ten_thousand_random_changes),
		cmocka_unit_test(D_12_other_things_are_named),
		cmocka_unit_test(D_12_private_keys_are_known_as_such),
		cmocka_unit_test(D_13_EST_155_too_many_attributes),
	};

	return cmocka_run_group_tests(tests, vectors_begin, vectors_end);
}
