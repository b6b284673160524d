#include "pki/hash.h"

#include "base/hex.h"
#include "tests/lib/test.h"

#include <string.h>

/* As its two makers say. */
static void
sha_256_is_the_same_as_without_openssl(void **state)
{
	unsigned char bytes[300];
	struct digest a, b;

	(void)state;
	memset(bytes, 0x5a, sizeof(bytes));
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		a = hash_sha256(bytes, len);
		b = digest_of(bytes, len);
		assert_true(digest_equal(&a, &b));
	}
}

/* FIPS 180-4's "abc". */
static void
each_is_what_it_is_called(void **state)
{
	char hex[2 * HASH_SHA1_SIZE + 1];
	unsigned char sha1[HASH_SHA1_SIZE];

	(void)state;
	assert_true(hash_sha1("abc", 3, sha1));
	hex_write(hex, sha1, sizeof(sha1));
	assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_string_equal(
	    EVP_MD_get0_name(hash_by_oid(OID_SHA256)), "SHA2-256");
	assert_string_equal(
	    EVP_MD_get0_name(hash_by_oid(OID_SHA384)), "SHA2-384");
	assert_string_equal(
	    EVP_MD_get0_name(hash_by_oid(OID_SHA512)), "SHA2-512");
	assert_null(hash_by_oid(OID_OTHER));
	assert_null(hash_by_oid(OID_RSA));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha_256_is_the_same_as_without_openssl),
		cmocka_unit_test(each_is_what_it_is_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
