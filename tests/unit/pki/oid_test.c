#include "pki/oid.h"

#include <openssl/objects.h>

#include "tests/lib/test.h"

/* In the words of their documents, of which OpenSSL makes bytes. */
static const char *const dotted[OID_COUNT] = {
	[OID_RSA] = "1.2.840.113549.1.1.1",
	[OID_EC] = "1.2.840.10045.2.1",
	[OID_P256] = "1.2.840.10045.3.1.7",
	[OID_P384] = "1.3.132.0.34",
	[OID_P521] = "1.3.132.0.35",
	[OID_ED25519] = "1.3.101.112",
	[OID_MGF1] = "1.2.840.113549.1.1.8",
	[OID_RSA_PSS] = "1.2.840.113549.1.1.10",
	[OID_RSA_SHA256] = "1.2.840.113549.1.1.11",
	[OID_RSA_SHA384] = "1.2.840.113549.1.1.12",
	[OID_RSA_SHA512] = "1.2.840.113549.1.1.13",
	[OID_ECDSA_SHA256] = "1.2.840.10045.4.3.2",
	[OID_ECDSA_SHA384] = "1.2.840.10045.4.3.3",
	[OID_ECDSA_SHA512] = "1.2.840.10045.4.3.4",
	[OID_SHA256] = "2.16.840.1.101.3.4.2.1",
	[OID_SHA384] = "2.16.840.1.101.3.4.2.2",
	[OID_SHA512] = "2.16.840.1.101.3.4.2.3",
	[OID_DATA] = "1.2.840.113549.1.7.1",
	[OID_SIGNED_DATA] = "1.2.840.113549.1.7.2",
	[OID_CHALLENGE_PASSWORD] = "1.2.840.113549.1.9.7",
	[OID_EXTENSION_REQUEST] = "1.2.840.113549.1.9.14",
	[OID_EXTENSION_REQUEST_MICROSOFT] = "1.3.6.1.4.1.311.2.1.14",
	[OID_CHANGE_SUBJECT_NAME] = "1.3.6.1.5.5.7.7.36",
	[OID_OTP_CHALLENGE] = "1.2.840.113549.1.9.16.2.56",
	[OID_REVOCATION_CHALLENGE] = "1.2.840.113549.1.9.16.2.57",
	[OID_IDENTITY_LINKING] = "1.2.840.113549.1.9.16.2.58",
	[OID_COMMON_NAME] = "2.5.4.3",
	[OID_SERIAL_NUMBER] = "2.5.4.5",
	[OID_COUNTRY] = "2.5.4.6",
	[OID_LOCALITY] = "2.5.4.7",
	[OID_STATE] = "2.5.4.8",
	[OID_ORGANIZATION] = "2.5.4.10",
	[OID_ORGANIZATIONAL_UNIT] = "2.5.4.11",
	[OID_SUBJECT_KEY_ID] = "2.5.29.14",
	[OID_KEY_USAGE] = "2.5.29.15",
	[OID_SUBJECT_ALT_NAME] = "2.5.29.17",
	[OID_BASIC_CONSTRAINTS] = "2.5.29.19",
	[OID_CRL_NUMBER] = "2.5.29.20",
	[OID_CRL_REASON] = "2.5.29.21",
	[OID_NAME_CONSTRAINTS] = "2.5.29.30",
	[OID_CRL_POINTS] = "2.5.29.31",
	[OID_POLICY_MAPPINGS] = "2.5.29.33",
	[OID_AUTHORITY_KEY_ID] = "2.5.29.35",
	[OID_EXTENDED_KEY_USAGE] = "2.5.29.37",
	[OID_INFORMATION_ACCESS] = "1.3.6.1.5.5.7.1.1",
	[OID_ANY_USAGE] = "2.5.29.37.0",
	[OID_CLIENT_AUTH] = "1.3.6.1.5.5.7.3.2",
	[OID_EMAIL_PROTECTION] = "1.3.6.1.5.5.7.3.4",
	[OID_OCSP_SIGNING] = "1.3.6.1.5.5.7.3.9",
	[OID_CMC_CA] = "1.3.6.1.5.5.7.3.27",
	[OID_CMC_RA] = "1.3.6.1.5.5.7.3.28",
	[OID_OCSP] = "1.3.6.1.5.5.7.48.1",
	[OID_CA_ISSUERS] = "1.3.6.1.5.5.7.48.2",
};

static void
each_has_the_bytes_of_its_document(void **state)
{
	(void)state;
	for (enum oid i = OID_OTHER + 1; i < OID_COUNT; i++) {
		ASN1_OBJECT *object;
		struct der read;
		enum oid found;
		struct buf b;

		assert_non_null(dotted[i]); /* one that is new stands there */
		object = OBJ_txt2obj(dotted[i], 1);
		assert_non_null(object);
		buf_init(&b, 64);
		oid_put(&b, i);
		read = (struct der){ (unsigned char *)b.at, b.used };
		assert_true(oid_take(&read, &found));
		assert_int_equal(found, i);
		assert_int_equal(b.used - 2, OBJ_length(object));
		assert_memory_equal(
		    b.at + 2, OBJ_get0_data(object), OBJ_length(object));
		buf_free(&b);
		ASN1_OBJECT_free(object);
	}
}

static void
what_is_none_of_these_is_other(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool good;
	} rows[] = {
		{ "\x06\x03\x2b\x65\x71", 5, true }, /* one further */
		{ "\x06\x02\x2b\x65", 4, true },     /* the beginning of one */
		{ "\x06\x04\x2b\x65\x70\x01", 6, true },
		{ "\x06\x02\x2b\xe5", 4, false }, /* an arc that goes on */
		{ "\x06\x00", 2, false },
		{ "\x04\x03\x2b\x65\x70", 5, false },
		{ "", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct der read = { (const unsigned char *)rows[i].bytes,
			rows[i].len };
		enum oid found = OID_RSA;

		assert_int_equal(oid_take(&read, &found), rows[i].good);
		if (rows[i].good)
			assert_int_equal(found, OID_OTHER);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_the_bytes_of_its_document),
		cmocka_unit_test(what_is_none_of_these_is_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
