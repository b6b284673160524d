/*
 * oid - the object identifiers that are read and written here, each once.
 */
#ifndef PKI_OID_H
#define PKI_OID_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/must.h"
#include "pki/der.h"

/*
 * X(name, bytes): the content of each, with where it is defined; where nothing
 * is said, it is there where the one above is.
 */
#define OID_LIST(X)                                                            \
	/* kinds of keys, and curves */                                        \
	X(RSA, PKCS "\x01\x01") /* RFC 8017 A.1 */                             \
	X(EC, X9_62 "\x02\x01") /* RFC 5480 2.1.1 */                           \
	X(P256, X9_62 "\x03\x01\x07")                                          \
	X(P384, SECG "\x00\x22")                                               \
	X(P521, SECG "\x00\x23")                                               \
	X(ED25519, "\x2b\x65\x70") /* RFC 8410 3 */                            \
	/* signatures, and what they are made of */                            \
	X(MGF1, PKCS "\x01\x08") /* RFC 8017 A.2 */                            \
	X(RSA_PSS, PKCS "\x01\x0a")                                            \
	X(RSA_SHA256, PKCS "\x01\x0b")                                         \
	X(RSA_SHA384, PKCS "\x01\x0c")                                         \
	X(RSA_SHA512, PKCS "\x01\x0d")                                         \
	X(ECDSA_SHA256, X9_62 "\x04\x03\x02") /* RFC 5758 3.2 */               \
	X(ECDSA_SHA384, X9_62 "\x04\x03\x03")                                  \
	X(ECDSA_SHA512, X9_62 "\x04\x03\x04")                                  \
	X(SHA256, SHA2 "\x01") /* RFC 4055 2.1 */                              \
	X(SHA384, SHA2 "\x02")                                                 \
	X(SHA512, SHA2 "\x03")                                                 \
	/* contents of CMS */                                                  \
	X(DATA, PKCS "\x07\x01") /* RFC 5652 4, 5 */                           \
	X(SIGNED_DATA, PKCS "\x07\x02")                                        \
	/* attributes of certification requests */                             \
	X(CHALLENGE_PASSWORD, PKCS "\x09\x07") /* RFC 2985 5.4 */              \
	X(EXTENSION_REQUEST, PKCS "\x09\x0e")                                  \
	X(EXTENSION_REQUEST_MICROSOFT, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01"  \
				       "\x0e") /* the same, before RFC 2985 */ \
	X(CHANGE_SUBJECT_NAME, PKIX "\x07\x24")	  /* RFC 6402 2.8 */           \
	X(OTP_CHALLENGE, PKCS "\x09\x10\x02\x38") /* RFC 7894 3 */             \
	X(REVOCATION_CHALLENGE, PKCS "\x09\x10\x02\x39")                       \
	X(IDENTITY_LINKING, PKCS "\x09\x10\x02\x3a")                           \
	/* attributes of names */                                              \
	X(COMMON_NAME, ID_AT "\x03") /* RFC 5280 A.1 */                        \
	X(SERIAL_NUMBER, ID_AT "\x05")                                         \
	X(COUNTRY, ID_AT "\x06")                                               \
	X(LOCALITY, ID_AT "\x07")                                              \
	X(STATE, ID_AT "\x08")                                                 \
	X(ORGANIZATION, ID_AT "\x0a")                                          \
	X(ORGANIZATIONAL_UNIT, ID_AT "\x0b")                                   \
	/* extensions */                                                       \
	X(SUBJECT_KEY_ID, ID_CE "\x0e") /* RFC 5280 4.2 */                     \
	X(KEY_USAGE, ID_CE "\x0f")                                             \
	X(SUBJECT_ALT_NAME, ID_CE "\x11")                                      \
	X(BASIC_CONSTRAINTS, ID_CE "\x13")                                     \
	X(CRL_NUMBER, ID_CE "\x14")                                            \
	X(CRL_REASON, ID_CE "\x15")                                            \
	X(NAME_CONSTRAINTS, ID_CE "\x1e")                                      \
	X(CRL_POINTS, ID_CE "\x1f")                                            \
	X(POLICY_MAPPINGS, ID_CE "\x21")                                       \
	X(AUTHORITY_KEY_ID, ID_CE "\x23")                                      \
	X(EXTENDED_KEY_USAGE, ID_CE "\x25")                                    \
	X(INFORMATION_ACCESS, PKIX "\x01\x01")                                 \
	/* extended key usages */                                              \
	X(ANY_USAGE, ID_CE "\x25\x00") /* RFC 5280 4.2.1.12 */                 \
	X(CLIENT_AUTH, PKIX "\x03\x02")                                        \
	X(EMAIL_PROTECTION, PKIX "\x03\x04")                                   \
	X(OCSP_SIGNING, PKIX "\x03\x09")                                       \
	X(CMC_CA, PKIX "\x03\x1b") /* RFC 6402 2.10 */                         \
	X(CMC_RA, PKIX "\x03\x1c")                                             \
	/* ways of access */                                                   \
	X(OCSP, PKIX "\x30\x01") /* RFC 5280 4.2.2.1 */                        \
	X(CA_ISSUERS, PKIX "\x30\x02")

enum oid {
	OID_OTHER, /* none of these */
#define X(name, bytes) OID_##name,
	OID_LIST(X)
#undef X
	OID_COUNT,
};

/* `content` as der_take_oid() gives it. */
enum oid oid_of(const struct der *content);
/* Below 1.2.840.113549.1: an algorithm of PKCS #1, #5, #7, #9 or #12? */
MUST_CHECK bool oid_is_pkcs(const struct der *content);

/* Takes an OBJECT IDENTIFIER; false when there is none, or it is no DER. */
MUST_CHECK bool oid_take(struct der *from, enum oid *);
void oid_put(struct buf *, enum oid);

#endif
