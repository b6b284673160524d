#include "pki/attributes.h"

#include "pki/extensions.h"
#include "pki/oid.h"

#define ATTRIBUTES_MAX 64
#define TEXT_MAX 255 /* of a challenge: RFC 2985 5.4.1, RFC 7894 3, EST-235 */

static const char bad_form[] =
    "The attributes of the request are not well-formed.";
static const char too_many[] = "The request has too many attributes.";
static const char repeated[] =
    "The request has the same attribute more than once.";
static const char bad_text[] =
    "challengePassword and the like must be a text of at most 255 bytes.";
static const char no_revocation[] =
    "revocationChallenge is not supported here.";
static const char bad_change[] =
    "ChangeSubjectName must have a subject or a subjectAlt.";

/* ---------------------------------------------------------------- texts */

/* Any of the string types that clients use (EST-235, RFC 7894 3). */
static const char *
read_text(struct der value, struct der *text)
{
	struct der whole;
	int tag;

	if (!der_take_any(&value, &tag, text, &whole))
		return bad_form;
	if (tag != DER_PRINTABLE_STRING && tag != DER_UTF8_STRING &&
	    tag != DER_IA5_STRING && tag != DER_T61_STRING)
		return bad_text;
	der_trim(text);
	if (text->len > TEXT_MAX)
		return bad_text;
	return NULL;
}

/* What was left empty where it was asked for is none (C-08). */
static const char *
read_challenge(struct der value, struct csr *csr)
{
	const char *reason = read_text(value, &csr->challenge);

	if (csr->challenge.len == 0)
		csr->challenge.at = NULL;
	return reason;
}

static const char *
read_linking(struct der value, struct csr *csr)
{
	return read_text(value, &csr->linking);
}

static const char *
read_otp(struct der value, struct csr *csr)
{
	const char *reason = read_text(value, &csr->otp);

	if (csr->otp.len == 0) /* as an empty challengePassword: none (C-08) */
		csr->otp.at = NULL;
	return reason;
}

/* One that is there must be processed or refused (RFC 7894 3.1). */
static const char *
read_revocation(struct der value, struct csr *csr)
{
	(void)value;
	(void)csr;
	return no_revocation;
}

/* RFC 6402 2.8: at least one of the two. */
static const char *
read_change(struct der value, struct csr *csr)
{
	struct der names;

	if (!der_take(&value, DER_SEQUENCE, &names) || der_empty(&names))
		return bad_change;
	csr->changes_name = true;
	return NULL;
}

/* ----------------------------------------------------------------- table */

#define ONE(name)                                                              \
	"The attribute " name " of the request must have exactly one value."
static const char one_list[] = "The attribute extensionRequest must have "
			       "exactly one value: one list of all extensions.";

static const struct meaning {
	enum oid oid;
	const char *(*read)(struct der value, struct csr *);
	const char *not_single;
} meanings[] = {
	{ OID_CHALLENGE_PASSWORD, read_challenge, ONE("challengePassword") },
	{ OID_EXTENSION_REQUEST, extensions_read, one_list },
	{ OID_EXTENSION_REQUEST_MICROSOFT, extensions_read, one_list },
	{ OID_CHANGE_SUBJECT_NAME, read_change, ONE("ChangeSubjectName") },
	{ OID_OTP_CHALLENGE, read_otp, ONE("otpChallenge") },
	{ OID_REVOCATION_CHALLENGE, read_revocation,
	    ONE("revocationChallenge") },
	{ OID_IDENTITY_LINKING, read_linking, ONE("estIdentityLinking") },
};

static const struct meaning *
find(enum oid oid)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].oid == oid)
			return &meanings[i];
	}
	return NULL;
}

/* Attribute ::= SEQUENCE { type OID, values SET OF ANY } */
static bool
take_attribute(struct der *from, struct der *oid, struct der *values)
{
	struct der attribute;

	return der_take(from, DER_SEQUENCE, &attribute) &&
	       der_take_oid(&attribute, oid) &&
	       der_take(&attribute, DER_SET, values) && der_empty(&attribute);
}

static const char *
read_one(const struct der *oid, struct der values, struct csr *csr)
{
	const struct meaning *m = find(oid_of(oid));
	struct der value, inner;
	int tag;

	if (m == NULL)
		return NULL; /* unknown: ignored (EST-155) */
	if (!der_take_any(&values, &tag, &inner, &value) || !der_empty(&values))
		return m->not_single;
	return m->read(value, csr);
}

const char *
attributes_read(const struct der *attributes, struct csr *csr)
{
	struct der rest = *attributes, seen[ATTRIBUTES_MAX], values;
	const char *reason;

	for (size_t count = 0; !der_empty(&rest); count++) {
		if (count == ATTRIBUTES_MAX)
			return too_many;
		if (!take_attribute(&rest, &seen[count], &values))
			return bad_form;
		for (size_t i = 0; i < count; i++) {
			if (der_equal(&seen[count], seen[i].at, seen[i].len))
				return repeated;
		}
		reason = read_one(&seen[count], values, csr);
		if (reason != NULL)
			return reason;
	}
	return NULL;
}
