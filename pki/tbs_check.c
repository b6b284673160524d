/*
 * Reads a finished certificate with the reader for foreign ones, and knows
 * nothing of how it was written: a slip of the writer's shows here, before
 * the certificate is recorded and before anybody has it (S-23).
 */
#include "pki/tbs.h"

#include "pki/extensions.h"
#include "pki/oid.h"
#include "policy/validity.h"

#include <string.h>

#define DEPTH_MAX 12

/* Which extensions must, may or must not be there. */
struct found {
	bool authority_key_id, subject_key_id, key_usage, extended_usage;
	bool crl_points, alternative_name, information;
};

static bool
time_is(struct der *from, time_t expected)
{
	struct der whole, content, rest;
	struct buf b;
	int tag;
	bool same;

	if (!der_take_any(from, &tag, &content, &whole))
		return false;
	buf_init(&b, 32);
	der_time(&b, expected);
	rest = (struct der){ (unsigned char *)b.at, b.used };
	same = buf_ok(&b) && der_equal(&whole, rest.at, rest.len);
	buf_free(&b);
	return same;
}

static bool
validity_good(const struct tbs_order *o, struct der dates)
{
	struct validity v;

	return validity_of(o->now, o->profile->validity_days, &v) &&
	       time_is(&dates, v.not_before) && time_is(&dates, v.not_after) &&
	       der_empty(&dates) && v.not_after <= o->ca->not_after;
}

static bool
subject_key_id_good(const struct tbs_order *o, struct der value)
{
	struct der rest = o->spki, info, skip, bits, id;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	return der_take(&rest, DER_SEQUENCE, &info) &&
	       der_take(&info, DER_SEQUENCE, &skip) &&
	       der_take_bits(&info, &bits) &&
	       EVP_Digest(bits.at, bits.len, digest, &len, EVP_sha1(), NULL) &&
	       der_take(&value, DER_OCTET_STRING, &id) && der_empty(&value) &&
	       der_equal(&id, digest, len);
}

static bool
authority_key_id_good(const struct tbs_order *o, struct der value)
{
	struct der fields, id;

	return der_take(&value, DER_SEQUENCE, &fields) && der_empty(&value) &&
	       der_take(&fields, DER_CONTEXT(0), &id) && der_empty(&fields) &&
	       der_equal(&id, o->ca->key_id, o->ca->key_id_len);
}

/* Nothing beyond digitalSignature, nonRepudiation and keyEncipherment. */
static bool
key_usage_good(struct der value)
{
	struct der bits;

	return der_take(&value, DER_BIT_STRING, &bits) && der_empty(&value) &&
	       bits.len == 2 && bits.at[1] != 0 && (bits.at[1] & 0x1f) == 0;
}

/* Marks it as seen; false when it was there before. */
static bool
first(bool *seen)
{
	bool was = *seen;

	*seen = true;
	return !was;
}

static bool
extension_good(const struct tbs_order *o, enum oid oid, bool critical,
    struct der value, struct found *f)
{
	if (!der_strict(&value, DEPTH_MAX) ||
	    critical != (oid == OID_KEY_USAGE))
		return false;
	switch (oid) {
	case OID_AUTHORITY_KEY_ID:
		return first(&f->authority_key_id) &&
		       authority_key_id_good(o, value);
	case OID_SUBJECT_KEY_ID:
		return first(&f->subject_key_id) &&
		       subject_key_id_good(o, value);
	case OID_KEY_USAGE:
		return first(&f->key_usage) && key_usage_good(value);
	case OID_EXTENDED_KEY_USAGE:
		return first(&f->extended_usage);
	case OID_CRL_POINTS:
		return first(&f->crl_points);
	case OID_SUBJECT_ALT_NAME:
		return first(&f->alternative_name);
	case OID_INFORMATION_ACCESS:
		return first(&f->information);
	default:
		return false;
	}
}

static bool
extensions_good(const struct tbs_order *o, struct der tagged)
{
	struct found f = { .key_usage = false };
	struct der list, oid, value;
	bool critical;

	if (!der_take(&tagged, DER_SEQUENCE, &list) || !der_empty(&tagged))
		return false;
	while (!der_empty(&list)) {
		if (!extensions_take(&list, &oid, &critical, &value) ||
		    !extension_good(o, oid_of(&oid), critical, value, &f))
			return false;
	}
	return f.authority_key_id && f.subject_key_id && f.key_usage &&
	       f.extended_usage == (o->profile->extended_key_usage != 0) &&
	       f.crl_points == (o->urls->crl_url != NULL) &&
	       f.information ==
		   (o->urls->issuer_url != NULL || o->urls->ocsp_url != NULL) &&
	       f.alternative_name ==
		   (o->profile->san_email && o->account->email[0] != '\0');
}

/* Takes one element, which must be exactly these bytes. */
static bool
take_same(struct der *from, const void *bytes, size_t len)
{
	struct der content, whole;
	int tag;

	return der_take_any(from, &tag, &content, &whole) &&
	       der_equal(&whole, bytes, len);
}

static const char *
check_tbs(
    const struct tbs_order *o, struct der tbs, const struct buf *algorithm)
{
	struct der version, serial, dates, subject, extensions;
	int64_t number;

	if (!der_take(&tbs, DER_CONTEXT_SET(0), &version) ||
	    !der_take_small(&version, &number) || number != 2)
		return "its version is not 3";
	if (!der_take_integer(&tbs, &serial) ||
	    !der_equal(&serial, &o->serial, sizeof(o->serial)) ||
	    (serial.at[0] & 0x80) != 0)
		return "its serial number is another";
	if (!take_same(&tbs, algorithm->at, algorithm->used))
		return "its algorithm is another";
	if (!take_same(&tbs, o->ca->subject.at, o->ca->subject.len))
		return "its issuer is not the CA";
	if (!der_take(&tbs, DER_SEQUENCE, &dates) || !validity_good(o, dates))
		return "its dates are not those of the profile";
	if (!der_take(&tbs, DER_SEQUENCE, &subject) || der_empty(&subject))
		return "its subject is empty";
	if (!take_same(&tbs, o->spki.at, o->spki.len))
		return "its public key is another";
	if (!der_take(&tbs, DER_CONTEXT_SET(3), &extensions) ||
	    !der_empty(&tbs) || !extensions_good(o, extensions))
		return "its extensions are not those of the profile";
	return NULL;
}

const char *
tbs_check(const struct tbs_order *o, const struct der *certificate)
{
	struct der rest = *certificate, all, tbs, signature;
	struct buf algorithm;
	const char *reason = "it is no certificate";

	buf_init(&algorithm, 64);
	ca_put_algorithm(o->ca, &algorithm);
	if (der_strict(certificate, DEPTH_MAX) &&
	    der_take(&rest, DER_SEQUENCE, &all) && der_empty(&rest) &&
	    der_take(&all, DER_SEQUENCE, &tbs) &&
	    take_same(&all, algorithm.at, algorithm.used) &&
	    der_take_bits(&all, &signature) && der_empty(&all))
		reason = check_tbs(o, tbs, &algorithm);
	buf_free(&algorithm);
	return reason;
}
