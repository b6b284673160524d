#include "pki/extensions.h"

#include "pki/oid.h"

#define EXTENSIONS_MAX 64
#define DEPTH_MAX 12

static const char bad_form[] = "The requested extensions are not well-formed.";
static const char too_many[] = "The request asks for too many extensions.";
static const char repeated[] =
    "The request asks for the same extension more than once.";
static const char authority[] =
    "The request asks for the rights of a CA or of another authority; leave "
    "basicConstraints, keyCertSign, cRLSign, such extended key usages and "
    "constraints out.";

bool
extensions_take(struct der *from, struct extension *e)
{
	struct der rest, flag;

	e->critical = e->default_written = false;
	if (!der_take(from, DER_SEQUENCE, &rest) ||
	    !der_take_oid(&rest, &e->oid))
		return false;
	if (der_peek(&rest) == DER_BOOLEAN) {
		if (!der_take(&rest, DER_BOOLEAN, &flag))
			return false;
		e->critical = der_equal(&flag, "\xff", 1);
		e->default_written = der_equal(&flag, "", 1);
		if (!e->critical && !e->default_written)
			return false;
	}
	return der_take(&rest, DER_OCTET_STRING, &e->value) && der_empty(&rest);
}

/* BasicConstraints ::= SEQUENCE { cA DEFAULT FALSE, pathLen OPTIONAL } */
static const char *
read_basic_constraints(struct der value, struct csr *csr)
{
	struct der constraints, ca;

	(void)csr;
	if (!der_take(&value, DER_SEQUENCE, &constraints) || !der_empty(&value))
		return bad_form;
	if (der_peek(&constraints) != DER_BOOLEAN)
		return NULL;
	/* Some encode the default; nothing of it is copied anyway. */
	if (!der_take(&constraints, DER_BOOLEAN, &ca) || ca.len != 1)
		return bad_form;
	return ca.at[0] == 0 ? NULL : authority;
}

/* Bits of the first byte, from the top (RFC 5280 4.2.1.3). */
#define KU_DIGITAL_SIGNATURE 0x80
#define KU_NON_REPUDIATION 0x40
#define KU_KEY_ENCIPHERMENT 0x20
#define KU_AUTHORITY (0x04 | 0x02) /* keyCertSign, cRLSign */

static const char *
read_key_usage(struct der value, struct csr *csr)
{
	struct der bits;
	unsigned char first;

	if (!der_take(&value, DER_BIT_STRING, &bits) || !der_empty(&value))
		return bad_form;
	first = bits.len > 1 ? bits.at[1] : 0;
	if ((first & KU_AUTHORITY) != 0)
		return authority;
	if (csr->has_usage)
		return repeated; /* in the other list */
	csr->has_usage = true;
	if ((first & KU_DIGITAL_SIGNATURE) != 0)
		csr->usage |= PROFILE_KU_DIGITAL_SIGNATURE;
	if ((first & KU_NON_REPUDIATION) != 0)
		csr->usage |= PROFILE_KU_NON_REPUDIATION;
	if ((first & KU_KEY_ENCIPHERMENT) != 0)
		csr->usage |= PROFILE_KU_KEY_ENCIPHERMENT;
	return NULL;
}

static bool
grants_authority(enum oid usage)
{
	return usage == OID_ANY_USAGE || usage == OID_OCSP_SIGNING ||
	       usage == OID_CMC_CA || usage == OID_CMC_RA;
}

static const char *
read_extended_usage(struct der value, struct csr *csr)
{
	struct der usages;
	enum oid usage;

	if (!der_take(&value, DER_SEQUENCE, &usages) || !der_empty(&value))
		return bad_form;
	if (csr->has_extended_usage)
		return repeated; /* in the other list */
	csr->has_extended_usage = true;
	while (!der_empty(&usages)) {
		if (!oid_take(&usages, &usage))
			return bad_form;
		if (grants_authority(usage))
			return authority;
		if (usage == OID_CLIENT_AUTH)
			csr->extended_usage |= PROFILE_EKU_CLIENT_AUTH;
		if (usage == OID_EMAIL_PROTECTION)
			csr->extended_usage |= PROFILE_EKU_EMAIL_PROTECTION;
	}
	return NULL;
}

static const char *
read_alternative_names(struct der value, struct csr *csr)
{
	struct der rest = value, names;

	if (!der_take(&rest, DER_SEQUENCE, &names) || !der_empty(&rest))
		return bad_form;
	if (!der_empty(&csr->names))
		return repeated; /* in the other list */
	csr->names = value;
	return NULL;
}

static const char *
refuse(struct der value, struct csr *csr)
{
	(void)value;
	(void)csr;
	return authority;
}

static const struct {
	enum oid oid;
	const char *(*read)(struct der value, struct csr *);
} meanings[] = {
	{ OID_KEY_USAGE, read_key_usage },
	{ OID_SUBJECT_ALT_NAME, read_alternative_names },
	{ OID_BASIC_CONSTRAINTS, read_basic_constraints },
	{ OID_NAME_CONSTRAINTS, refuse },
	{ OID_POLICY_MAPPINGS, refuse },
	{ OID_EXTENDED_KEY_USAGE, read_extended_usage },
};

static const char *
read_one(enum oid oid, struct der value, struct csr *csr)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].oid != oid)
			continue;
		if (oid != OID_BASIC_CONSTRAINTS &&
		    !der_good(&value, DEPTH_MAX))
			return bad_form;
		return meanings[i].read(value, csr);
	}
	return NULL;
}

const char *
extensions_read(struct der value, struct csr *csr)
{
	struct der list, seen[EXTENSIONS_MAX];
	struct extension e;
	const char *reason;

	if (!der_take(&value, DER_SEQUENCE, &list))
		return bad_form;
	for (size_t count = 0; !der_empty(&list); count++) {
		if (count == EXTENSIONS_MAX)
			return too_many;
		if (!extensions_take(&list, &e))
			return bad_form;
		seen[count] = e.oid;
		for (size_t i = 0; i < count; i++) {
			if (der_equal(&seen[count], seen[i].at, seen[i].len))
				return repeated;
		}
		reason = read_one(oid_of(&e.oid), e.value, csr);
		if (reason != NULL)
			return reason;
	}
	return NULL;
}
