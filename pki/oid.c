#include "pki/oid.h"

#include <assert.h>
#include <string.h>

#define PKCS "\x2a\x86\x48\x86\xf7\x0d\x01" /* 1.2.840.113549.1 */
#define X9_62 "\x2a\x86\x48\xce\x3d"	    /* 1.2.840.10045 */
#define SECG "\x2b\x81\x04"		    /* 1.3.132 */
#define SHA2 "\x60\x86\x48\x01\x65\x03\x04\x02"
#define PKIX "\x2b\x06\x01\x05\x05\x07" /* 1.3.6.1.5.5.7 */
#define ID_AT "\x55\x04"
#define ID_CE "\x55\x1d"

#define OID(bytes)                                                             \
	{                                                                      \
		bytes, sizeof(bytes) - 1                                       \
	}

static const struct {
	const char *bytes;
	size_t len;
} oids[OID_COUNT] = {
	[OID_RSA] = OID(PKCS "\x01\x01"), /* RFC 8017 A.1 */
	[OID_EC] = OID(X9_62 "\x02\x01"), /* RFC 5480 2.1.1 */
	[OID_P256] = OID(X9_62 "\x03\x01\x07"),
	[OID_P384] = OID(SECG "\x00\x22"),
	[OID_P521] = OID(SECG "\x00\x23"),
	[OID_ED25519] = OID("\x2b\x65\x70"), /* RFC 8410 3 */

	[OID_MGF1] = OID(PKCS "\x01\x08"), /* RFC 8017 A.2 */
	[OID_RSA_PSS] = OID(PKCS "\x01\x0a"),
	[OID_RSA_SHA256] = OID(PKCS "\x01\x0b"),
	[OID_RSA_SHA384] = OID(PKCS "\x01\x0c"),
	[OID_RSA_SHA512] = OID(PKCS "\x01\x0d"),
	[OID_ECDSA_SHA256] = OID(X9_62 "\x04\x03\x02"), /* RFC 5758 3.2 */
	[OID_ECDSA_SHA384] = OID(X9_62 "\x04\x03\x03"),
	[OID_ECDSA_SHA512] = OID(X9_62 "\x04\x03\x04"),
	[OID_SHA256] = OID(SHA2 "\x01"), /* RFC 4055 2.1 */
	[OID_SHA384] = OID(SHA2 "\x02"),
	[OID_SHA512] = OID(SHA2 "\x03"),

	[OID_DATA] = OID(PKCS "\x07\x01"), /* RFC 5652 4, 5 */
	[OID_SIGNED_DATA] = OID(PKCS "\x07\x02"),

	[OID_CHALLENGE_PASSWORD] = OID(PKCS "\x09\x07"), /* RFC 2985 5.4 */
	[OID_EXTENSION_REQUEST] = OID(PKCS "\x09\x0e"),
	[OID_EXTENSION_REQUEST_MICROSOFT] = /* the same, before RFC 2985 */
	OID("\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0e"),
	[OID_CHANGE_SUBJECT_NAME] = OID(PKIX "\x07\x24"),   /* RFC 6402 2.8 */
	[OID_OTP_CHALLENGE] = OID(PKCS "\x09\x10\x02\x38"), /* RFC 7894 3 */
	[OID_REVOCATION_CHALLENGE] = OID(PKCS "\x09\x10\x02\x39"),
	[OID_IDENTITY_LINKING] = OID(PKCS "\x09\x10\x02\x3a"),

	[OID_COMMON_NAME] = OID(ID_AT "\x03"), /* RFC 5280 A.1 */
	[OID_SERIAL_NUMBER] = OID(ID_AT "\x05"),
	[OID_COUNTRY] = OID(ID_AT "\x06"),
	[OID_LOCALITY] = OID(ID_AT "\x07"),
	[OID_STATE] = OID(ID_AT "\x08"),
	[OID_ORGANIZATION] = OID(ID_AT "\x0a"),
	[OID_ORGANIZATIONAL_UNIT] = OID(ID_AT "\x0b"),

	[OID_SUBJECT_KEY_ID] = OID(ID_CE "\x0e"), /* RFC 5280 4.2 */
	[OID_KEY_USAGE] = OID(ID_CE "\x0f"),
	[OID_SUBJECT_ALT_NAME] = OID(ID_CE "\x11"),
	[OID_BASIC_CONSTRAINTS] = OID(ID_CE "\x13"),
	[OID_NAME_CONSTRAINTS] = OID(ID_CE "\x1e"),
	[OID_CRL_POINTS] = OID(ID_CE "\x1f"),
	[OID_POLICY_MAPPINGS] = OID(ID_CE "\x21"),
	[OID_AUTHORITY_KEY_ID] = OID(ID_CE "\x23"),
	[OID_EXTENDED_KEY_USAGE] = OID(ID_CE "\x25"),
	[OID_INFORMATION_ACCESS] = OID(PKIX "\x01\x01"),

	[OID_ANY_USAGE] = OID(ID_CE "\x25\x00"), /* RFC 5280 4.2.1.12 */
	[OID_CLIENT_AUTH] = OID(PKIX "\x03\x02"),
	[OID_EMAIL_PROTECTION] = OID(PKIX "\x03\x04"),
	[OID_OCSP_SIGNING] = OID(PKIX "\x03\x09"),
	[OID_CMC_CA] = OID(PKIX "\x03\x1b"), /* RFC 6402 2.10 */
	[OID_CMC_RA] = OID(PKIX "\x03\x1c"),

	[OID_OCSP] = OID(PKIX "\x30\x01"), /* RFC 5280 4.2.2.1 */
	[OID_CA_ISSUERS] = OID(PKIX "\x30\x02"),
};

enum oid
oid_of(const struct der *content)
{
	for (enum oid i = OID_OTHER + 1; i < OID_COUNT; i++) {
		if (der_equal(content, oids[i].bytes, oids[i].len))
			return i;
	}
	return OID_OTHER;
}

bool
oid_is_pkcs(const struct der *content)
{
	return content->len > sizeof(PKCS) - 1 &&
	       memcmp(content->at, PKCS, sizeof(PKCS) - 1) == 0;
}

bool
oid_take(struct der *from, enum oid *oid)
{
	struct der content;

	if (!der_take_oid(from, &content))
		return false;
	*oid = oid_of(&content);
	return true;
}

void
oid_put(struct buf *out, enum oid oid)
{
	assert(oid > OID_OTHER && oid < OID_COUNT);
	der_put(out, DER_OID, oids[oid].bytes, oids[oid].len);
}
