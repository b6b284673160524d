#include "pki/tbs.h"

#include "base/secret.h"
#include "pki/extension.h"
#include "pki/hash.h"
#include "pki/oid.h"
#include "policy/names.h"
#include "policy/validity.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX 256 /* bytes of one subject attribute */

struct serial
tbs_serial(void)
{
	struct serial serial;

	do {
		secret_random(&serial, sizeof(serial));
		serial.bytes[0] &= 0x7f;
	} while (serial.bytes[0] == 0); /* always 20 octets long */
	return serial;
}

/* --------------------------------------------------------------- subject */

static const struct {
	enum oid type;
	const char *text; /* its keyword in RFC 4514 3 */
	bool printable;	  /* PrintableString; else UTF8String */
} attributes[] = {
	[PROFILE_ATTRIBUTE_C] = { OID_COUNTRY, "C", true },
	[PROFILE_ATTRIBUTE_ST] = { OID_STATE, "ST", false },
	[PROFILE_ATTRIBUTE_L] = { OID_LOCALITY, "L", false },
	[PROFILE_ATTRIBUTE_O] = { OID_ORGANIZATION, "O", false },
	[PROFILE_ATTRIBUTE_OU] = { OID_ORGANIZATIONAL_UNIT, "OU", false },
	[PROFILE_ATTRIBUTE_SERIAL_NUMBER] = { OID_SERIAL_NUMBER, "serialNumber",
	    true },
};

static void
put_rdn(struct buf *out, enum oid type, bool printable, const char *value)
{
	size_t set = der_open(out, DER_SET);
	size_t pair = der_open(out, DER_SEQUENCE);

	oid_put(out, type);
	der_put(out, printable ? DER_PRINTABLE_STRING : DER_UTF8_STRING, value,
	    strlen(value));
	der_close(out, pair);
	der_close(out, set);
}

/*
 * Puts `type=value` and a comma before what is there: RFC 4514 2.1, 2.4.
 * False if it does not fit.
 */
static bool
text_prepend(char *text, size_t size, const char *type, const char *value)
{
	size_t len = strlen(value), old = strlen(text), used;
	char one[2 * VALUE_MAX + 32];

	used = (size_t)snprintf(one, sizeof(one), "%s=", type);
	for (size_t i = 0; i < len; i++) {
		char c = value[i];

		if (strchr("\"+,;<>\\", c) != NULL || (i == 0 && c == '#') ||
		    (c == ' ' && (i == 0 || i + 1 == len)))
			one[used++] = '\\';
		one[used++] = c;
	}
	if (old > 0)
		one[used++] = ',';
	if (used + old >= size)
		return false;
	memmove(text + used, text, old + 1);
	memcpy(text, one, used);
	return true;
}

static bool
put_subject(struct tbs_order *o, struct buf *out)
{
	const struct profile *p = o->profile;
	size_t mark = der_open(out, DER_SEQUENCE);
	char value[VALUE_MAX];

	o->subject[0] = '\0';
	for (size_t i = 0; i < p->subject_count; i++) {
		enum profile_attribute a = p->subject[i].attribute;

		if (!names_fill(p->subject[i].value, o->account, o->now, value,
			sizeof(value)))
			return false;
		put_rdn(
		    out, attributes[a].type, attributes[a].printable, value);
		if (!text_prepend(o->subject, sizeof(o->subject),
			attributes[a].text, value))
			return false;
	}
	if (!names_fill(
		p->common_name, o->account, o->now, value, sizeof(value)))
		return false;
	put_rdn(out, OID_COMMON_NAME, false, value);
	der_close(out, mark);
	return text_prepend(o->subject, sizeof(o->subject), "CN", value);
}

/* ------------------------------------------------------------ extensions */

/* RFC 5280 4.2.1.2, method 1: SHA-1 of the key bits, no signature's digest. */
static bool
put_key_ids(const struct tbs_order *o, struct buf *out)
{
	struct der rest = o->spki, info, skip, bits;
	unsigned char id[HASH_SHA1_SIZE];
	struct extension_mark e;

	if (!der_take(&rest, DER_SEQUENCE, &info) ||
	    !der_take(&info, DER_SEQUENCE, &skip) ||
	    !der_take_bits(&info, &bits) || !hash_sha1(bits.at, bits.len, id))
		return false;

	extension_put_authority(o->ca, out);
	e = extension_open(out, OID_SUBJECT_KEY_ID, false);
	der_put(out, DER_OCTET_STRING, id, sizeof(id));
	extension_close(out, e);
	return true;
}

/* Named bits, from the top of the first byte (RFC 5280 4.2.1.3). */
static bool
put_key_usage(const struct tbs_order *o, struct buf *out)
{
	unsigned usage = o->profile->key_usage;
	unsigned char bits[2] = { 0, 0 };
	struct extension_mark e;

	if ((usage & PROFILE_KU_DIGITAL_SIGNATURE) != 0)
		bits[1] |= 0x80;
	if ((usage & PROFILE_KU_NON_REPUDIATION) != 0)
		bits[1] |= 0x40;
	/* RFC 8813 3: an EC key enciphers no key. */
	if ((usage & PROFILE_KU_KEY_ENCIPHERMENT) != 0 && o->kind == KEYS_RSA)
		bits[1] |= 0x20;
	if (bits[1] == 0)
		return false;
	while ((bits[1] >> bits[0] & 1) == 0)
		bits[0]++; /* unused bits */
	e = extension_open(out, OID_KEY_USAGE, true);
	der_put(out, DER_BIT_STRING, bits, sizeof(bits));
	extension_close(out, e);
	return true;
}

static void
put_extended_usage(const struct tbs_order *o, struct buf *out)
{
	unsigned usage = o->profile->extended_key_usage;
	struct extension_mark e;
	size_t mark;

	if (usage == 0)
		return;
	e = extension_open(out, OID_EXTENDED_KEY_USAGE, false);
	mark = der_open(out, DER_SEQUENCE);
	if ((usage & PROFILE_EKU_CLIENT_AUTH) != 0)
		oid_put(out, OID_CLIENT_AUTH);
	if ((usage & PROFILE_EKU_EMAIL_PROTECTION) != 0)
		oid_put(out, OID_EMAIL_PROTECTION);
	der_close(out, mark);
	extension_close(out, e);
}

#define GENERAL_EMAIL DER_CONTEXT(1)
#define GENERAL_URL DER_CONTEXT(6)

void
tbs_put_crl_url(const char *url, struct buf *out)
{
	struct extension_mark e;
	size_t points, point, name, full;

	if (url == NULL)
		return;
	e = extension_open(out, OID_CRL_POINTS, false);
	points = der_open(out, DER_SEQUENCE);
	point = der_open(out, DER_SEQUENCE);
	name = der_open(out, DER_CONTEXT_SET(0));
	full = der_open(out, DER_CONTEXT_SET(0));
	der_put(out, GENERAL_URL, url, strlen(url));
	der_close(out, full);
	der_close(out, name);
	der_close(out, point);
	der_close(out, points);
	extension_close(out, e);
}

static void
put_access(enum oid method, const char *url, struct buf *out)
{
	size_t mark;

	if (url == NULL)
		return;
	mark = der_open(out, DER_SEQUENCE);
	oid_put(out, method);
	der_put(out, GENERAL_URL, url, strlen(url));
	der_close(out, mark);
}

void
tbs_put_access_urls(const char *ocsp, const char *issuer, struct buf *out)
{
	struct extension_mark e;
	size_t list;

	if (issuer == NULL && ocsp == NULL)
		return;
	e = extension_open(out, OID_INFORMATION_ACCESS, false);
	list = der_open(out, DER_SEQUENCE);
	put_access(OID_OCSP, ocsp, out);
	put_access(OID_CA_ISSUERS, issuer, out);
	der_close(out, list);
	extension_close(out, e);
}

static void
put_email(const struct tbs_order *o, struct buf *out)
{
	struct extension_mark e;
	size_t mark;

	if (!o->profile->san_email || o->account->email[0] == '\0')
		return;
	e = extension_open(out, OID_SUBJECT_ALT_NAME, false);
	mark = der_open(out, DER_SEQUENCE);
	der_put(
	    out, GENERAL_EMAIL, o->account->email, strlen(o->account->email));
	der_close(out, mark);
	extension_close(out, e);
}

/* basicConstraints is left out: no CA (EST-192). */
static const char *
put_extensions(const struct tbs_order *o, struct buf *out)
{
	size_t tag = der_open(out, DER_CONTEXT_SET(3));
	size_t list = der_open(out, DER_SEQUENCE);

	if (!put_key_ids(o, out))
		return "its public key has no identifier";
	if (!put_key_usage(o, out))
		return "the profile leaves no keyUsage for this kind of key";
	put_extended_usage(o, out);
	put_email(o, out);
	tbs_put_crl_url(o->urls->crl_url, out);
	tbs_put_access_urls(o->urls->ocsp_url, o->urls->issuer_url, out);
	der_close(out, list);
	der_close(out, tag);
	return NULL;
}

/* ------------------------------------------------------------------ whole */

static const char *
set_validity(struct tbs_order *o)
{
	struct validity v;

	if (!validity_of(o->now, o->profile->validity_days, &v))
		return "its last day cannot be said";
	if (v.not_after > o->ca->not_after)
		return "it would outlive the CA (F-81)";
	o->not_before = v.not_before;
	o->not_after = v.not_after;
	return NULL;
}

/* The fields in the order of RFC 5280 4.1. */
const char *
tbs_build(struct tbs_order *o, struct buf *out)
{
	const char *reason = set_validity(o);
	size_t all, mark;

	if (reason != NULL)
		return reason;
	all = der_open(out, DER_SEQUENCE);
	mark = der_open(out, DER_CONTEXT_SET(0));
	der_small(out, 2); /* v3 */
	der_close(out, mark);
	der_unsigned(out, o->serial.bytes, sizeof(o->serial));
	ca_put_algorithm(o->ca, out);
	der_raw(out, o->ca->subject.at, o->ca->subject.len);
	mark = der_open(out, DER_SEQUENCE);
	der_time(out, o->not_before);
	der_time(out, o->not_after);
	der_close(out, mark);
	if (!put_subject(o, out))
		return "its subject cannot be made from the profile";
	der_raw(out, o->spki.at, o->spki.len);
	reason = put_extensions(o, out);
	der_close(out, all);
	if (reason == NULL && !buf_ok(out))
		reason = "it is too long";
	return reason;
}

bool
tbs_finish(const struct ca *ca, const struct buf *tbs,
    const unsigned char *signature, size_t signature_len, struct buf *out)
{
	size_t all = der_open(out, DER_SEQUENCE);

	der_raw(out, tbs->at, tbs->used);
	ca_put_algorithm(ca, out);
	der_bits(out, signature, signature_len);
	der_close(out, all);
	return buf_ok(out);
}
