/*
 * oid - the object identifiers that are read and written here. The bytes of
 * each stand once, in oid.c, with its name and where it is defined.
 */
#ifndef PKI_OID_H
#define PKI_OID_H

#include <stdbool.h>

#include "base/buf.h"
#include "pki/der.h"

enum oid {
	OID_OTHER, /* none of these */
	/* kinds of keys, and curves */
	OID_RSA,
	OID_EC,
	OID_P256,
	OID_P384,
	OID_P521,
	OID_ED25519, /* of its signatures, too */
	/* signatures, and what they are made of */
	OID_MGF1,
	OID_RSA_PSS,
	OID_RSA_SHA256,
	OID_RSA_SHA384,
	OID_RSA_SHA512,
	OID_ECDSA_SHA256,
	OID_ECDSA_SHA384,
	OID_ECDSA_SHA512,
	OID_SHA256,
	OID_SHA384,
	OID_SHA512,
	/* contents of CMS */
	OID_DATA,
	OID_SIGNED_DATA,
	/* attributes of certification requests */
	OID_CHALLENGE_PASSWORD,
	OID_EXTENSION_REQUEST,
	OID_EXTENSION_REQUEST_MICROSOFT,
	OID_CHANGE_SUBJECT_NAME,
	OID_OTP_CHALLENGE,
	OID_REVOCATION_CHALLENGE,
	OID_IDENTITY_LINKING,
	/* attributes of names */
	OID_COMMON_NAME,
	OID_SERIAL_NUMBER,
	OID_COUNTRY,
	OID_LOCALITY,
	OID_STATE,
	OID_ORGANIZATION,
	OID_ORGANIZATIONAL_UNIT,
	/* extensions */
	OID_SUBJECT_KEY_ID,
	OID_KEY_USAGE,
	OID_SUBJECT_ALT_NAME,
	OID_BASIC_CONSTRAINTS,
	OID_NAME_CONSTRAINTS,
	OID_CRL_POINTS,
	OID_POLICY_MAPPINGS,
	OID_AUTHORITY_KEY_ID,
	OID_EXTENDED_KEY_USAGE,
	OID_INFORMATION_ACCESS,
	/* extended key usages */
	OID_ANY_USAGE,
	OID_CLIENT_AUTH,
	OID_EMAIL_PROTECTION,
	OID_OCSP_SIGNING,
	OID_CMC_CA,
	OID_CMC_RA,
	/* ways of access */
	OID_OCSP,
	OID_CA_ISSUERS,
	OID_COUNT,
};

/* `content` as der_take_oid() gives it. */
enum oid oid_of(const struct der *content);
/* Below 1.2.840.113549.1: an algorithm of PKCS #1, #5, #7, #9 or #12? */
bool oid_is_pkcs(const struct der *content);

/* Takes an OBJECT IDENTIFIER; false when there is none, or it is no DER. */
bool oid_take(struct der *from, enum oid *);
void oid_put(struct buf *, enum oid);

#endif
