/*
 * Reads a finished certificate with the reader for foreign ones, and knows
 * nothing of how it was written: a slip of the writer's shows here, before
 * the certificate is recorded and before anybody has it (S-23). So each value
 * is compared with the profile in another way than it was made: names word by
 * word, dates by what the calendar shows, lists as sets.
 */
#include "pki/tbs.h"

#include "pki/extensions.h"
#include "pki/hash.h"
#include "pki/oid.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DEPTH_MAX 12

/* Which extensions must, may or must not be there. */
struct found {
	bool authority_key_id, subject_key_id, key_usage, extended_usage;
	bool crl_points, alternative_name, information;
};

/* ----------------------------------------------------------------- dates */

/* Which day it is in the service's zone, counted from 1970. */
static bool
day_of(time_t at, time_t *day)
{
	struct tm shown, midnight = { 0 };

	if (localtime_r(&at, &shown) == NULL)
		return false;
	midnight.tm_year = shown.tm_year;
	midnight.tm_mon = shown.tm_mon;
	midnight.tm_mday = shown.tm_mday;
	*day = timegm(&midnight) / 86400;
	return true;
}

/* From the moment of issue to the last second of the last day (R-CERT-1). */
static bool
validity_good(const struct tbs_order *o, struct der dates)
{
	int64_t begins, ends;
	time_t first, last, next;

	return der_take_time(&dates, &begins) && der_take_time(&dates, &ends) &&
	       der_empty(&dates) && begins == o->now &&
	       ends <= o->ca->not_after && day_of(o->now, &first) &&
	       day_of(ends, &last) && day_of(ends + 1, &next) &&
	       last < first + (time_t)o->profile->validity_days &&
	       next >= first + (time_t)o->profile->validity_days;
}

/* --------------------------------------------------------------- subject */

/* The word of a template that begins here, and what it stands for. */
static const char *
word_at(const struct tbs_order *o, const char *template, const char *when,
    const char **value)
{
	const struct {
		const char *word, *value;
	} words[] = {
		{ "{user_id}", o->account->user_id },
		{ "{contract}", o->account->contract },
		{ "{name}", o->account->name },
		{ "{issued_at}", when },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(template, words[i].word, strlen(words[i].word)) ==
		    0) {
			*value = words[i].value;
			return template + strlen(words[i].word);
		}
	return NULL;
}

/* Does the text say what the template says of this account? */
static bool
says(const struct tbs_order *o, const char *template, struct der text)
{
	char when[64];
	struct tm t;

	if (localtime_r(&o->now, &t) == NULL)
		return false;
	snprintf(when, sizeof(when), "%d%02d%02d%02d%02d%02d", t.tm_year + 1900,
	    t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
	while (*template != '\0') {
		const char *value = template;
		size_t len = 1;

		if (*template == '{') {
			template = word_at(o, template, when, &value);
			if (template == NULL)
				return false;
			len = strlen(value);
		} else {
			template ++;
		}
		if (text.len < len || memcmp(text.at, value, len) != 0)
			return false;
		text.at += len;
		text.len -= len;
	}
	return text.len == 0;
}

/* One RDN of one attribute. */
static bool
take_attribute(const struct tbs_order *o, struct der *name, enum oid type,
    int form, const char *template)
{
	struct der set, pair, text;
	enum oid found;

	return der_take(name, DER_SET, &set) &&
	       der_take(&set, DER_SEQUENCE, &pair) && der_empty(&set) &&
	       oid_take(&pair, &found) && found == type &&
	       der_take(&pair, form, &text) && der_empty(&pair) &&
	       says(o, template, text);
}

static bool
take_profile_attribute(
    const struct tbs_order *o, struct der *name, const struct profile_rdn *rdn)
{
	static const struct {
		enum oid type;
		int form;
	} attributes[] = {
		[PROFILE_ATTRIBUTE_C] = { OID_COUNTRY, DER_PRINTABLE_STRING },
		[PROFILE_ATTRIBUTE_ST] = { OID_STATE, DER_UTF8_STRING },
		[PROFILE_ATTRIBUTE_L] = { OID_LOCALITY, DER_UTF8_STRING },
		[PROFILE_ATTRIBUTE_O] = { OID_ORGANIZATION, DER_UTF8_STRING },
		[PROFILE_ATTRIBUTE_OU] = { OID_ORGANIZATIONAL_UNIT,
		    DER_UTF8_STRING },
		[PROFILE_ATTRIBUTE_SERIAL_NUMBER] = { OID_SERIAL_NUMBER,
		    DER_PRINTABLE_STRING },
	};

	return take_attribute(o, name, attributes[rdn->attribute].type,
	    attributes[rdn->attribute].form, rdn->value);
}

static bool
subject_good(const struct tbs_order *o, struct der name)
{
	for (size_t i = 0; i < o->profile->subject_count; i++)
		if (!take_profile_attribute(o, &name, &o->profile->subject[i]))
			return false;
	return take_attribute(o, &name, OID_COMMON_NAME, DER_UTF8_STRING,
		   o->profile->common_name) &&
	       der_empty(&name);
}

/* ------------------------------------------------------------ extensions */

static bool
subject_key_id_good(const struct tbs_order *o, struct der value)
{
	struct der rest = o->spki, info, skip, bits, id;
	unsigned char digest[HASH_SHA1_SIZE];

	return der_take(&rest, DER_SEQUENCE, &info) &&
	       der_take(&info, DER_SEQUENCE, &skip) &&
	       der_take_bits(&info, &bits) &&
	       hash_sha1(bits.at, bits.len, digest) &&
	       der_take(&value, DER_OCTET_STRING, &id) && der_empty(&value) &&
	       der_equal(&id, digest, sizeof(digest));
}

static bool
authority_key_id_good(const struct tbs_order *o, struct der value)
{
	struct der fields, id;

	return der_take(&value, DER_SEQUENCE, &fields) && der_empty(&value) &&
	       der_take(&fields, DER_CONTEXT(0), &id) && der_empty(&fields) &&
	       der_equal(&id, o->ca->key_id, o->ca->key_id_len);
}

static bool
is_rsa(const struct tbs_order *o)
{
	struct der rest = o->spki, info, algorithm;
	enum oid type;

	return der_take(&rest, DER_SEQUENCE, &info) &&
	       der_take(&info, DER_SEQUENCE, &algorithm) &&
	       oid_take(&algorithm, &type) && type == OID_RSA;
}

/* RFC 5280 4.2.1.3: bits 0, 1 and 2, the rest of the byte unused. */
static bool
key_usage_good(const struct tbs_order *o, struct der value)
{
	struct der bits;
	unsigned found = 0, wanted = o->profile->key_usage;

	if (!der_take(&value, DER_BIT_STRING, &bits) || !der_empty(&value) ||
	    bits.len != 2 || bits.at[0] > 7 || (bits.at[1] & 0x1f) != 0 ||
	    (bits.at[1] >> bits.at[0] & 1) == 0)
		return false;
	if ((bits.at[1] & 0x80) != 0)
		found |= PROFILE_KU_DIGITAL_SIGNATURE;
	if ((bits.at[1] & 0x40) != 0)
		found |= PROFILE_KU_NON_REPUDIATION;
	if ((bits.at[1] & 0x20) != 0)
		found |= PROFILE_KU_KEY_ENCIPHERMENT;
	if (!is_rsa(o)) /* RFC 8813 3 */
		wanted &= ~(unsigned)PROFILE_KU_KEY_ENCIPHERMENT;
	return found == wanted;
}

static bool
extended_usage_good(const struct tbs_order *o, struct der value)
{
	struct der list;
	unsigned found = 0, one;
	enum oid usage;

	if (!der_take(&value, DER_SEQUENCE, &list) || !der_empty(&value))
		return false;
	for (; !der_empty(&list); found |= one) {
		if (!oid_take(&list, &usage))
			return false;
		one = usage == OID_CLIENT_AUTH ? PROFILE_EKU_CLIENT_AUTH
		      : usage == OID_EMAIL_PROTECTION
			  ? PROFILE_EKU_EMAIL_PROTECTION
			  : 0;
		if (one == 0 || (found & one) != 0)
			return false;
	}
	return found == o->profile->extended_key_usage;
}

/* RFC 5280 4.2.1.6: one name, of that kind, which says that. */
static bool
general_name_is(struct der names, int kind, const char *text)
{
	struct der name;

	return der_take(&names, kind, &name) && der_empty(&names) &&
	       text != NULL && der_equal(&name, text, strlen(text));
}
#define GENERAL_EMAIL DER_CONTEXT(1)
#define GENERAL_URL DER_CONTEXT(6)

static bool
alternative_name_good(const struct tbs_order *o, struct der value)
{
	struct der names;

	return der_take(&value, DER_SEQUENCE, &names) && der_empty(&value) &&
	       general_name_is(names, GENERAL_EMAIL, o->account->email);
}

/* RFC 5280 4.2.1.13: one point, by its full name. */
static bool
crl_points_good(const struct tbs_order *o, struct der value)
{
	struct der points, point, name, full;

	return der_take(&value, DER_SEQUENCE, &points) && der_empty(&value) &&
	       der_take(&points, DER_SEQUENCE, &point) && der_empty(&points) &&
	       der_take(&point, DER_CONTEXT_SET(0), &name) &&
	       der_empty(&point) &&
	       der_take(&name, DER_CONTEXT_SET(0), &full) && der_empty(&name) &&
	       general_name_is(full, GENERAL_URL, o->urls->crl_url);
}

/* RFC 5280 4.2.2.1: each of our URLs once, and no other. */
static bool
information_good(const struct tbs_order *o, struct der value)
{
	const char *ocsp = o->urls->ocsp_url, *issuer = o->urls->issuer_url;
	struct der list, access;
	enum oid method;

	if (!der_take(&value, DER_SEQUENCE, &list) || !der_empty(&value))
		return false;
	while (!der_empty(&list)) {
		const char **url;

		if (!der_take(&list, DER_SEQUENCE, &access) ||
		    !oid_take(&access, &method) ||
		    (method != OID_OCSP && method != OID_CA_ISSUERS))
			return false;
		url = method == OID_OCSP ? &ocsp : &issuer;
		if (!general_name_is(access, GENERAL_URL, *url))
			return false;
		*url = NULL;
	}
	return ocsp == NULL && issuer == NULL;
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
extension_good(
    const struct tbs_order *o, const struct extension *e, struct found *f)
{
	enum oid oid = oid_of(&e->oid);
	struct der value = e->value;

	if (!der_strict(&value, DEPTH_MAX) || e->default_written ||
	    e->critical != (oid == OID_KEY_USAGE))
		return false;
	switch (oid) {
	case OID_AUTHORITY_KEY_ID:
		return first(&f->authority_key_id) &&
		       authority_key_id_good(o, value);
	case OID_SUBJECT_KEY_ID:
		return first(&f->subject_key_id) &&
		       subject_key_id_good(o, value);
	case OID_KEY_USAGE:
		return first(&f->key_usage) && key_usage_good(o, value);
	case OID_EXTENDED_KEY_USAGE:
		return first(&f->extended_usage) &&
		       extended_usage_good(o, value);
	case OID_CRL_POINTS:
		return first(&f->crl_points) && crl_points_good(o, value);
	case OID_SUBJECT_ALT_NAME:
		return first(&f->alternative_name) &&
		       alternative_name_good(o, value);
	case OID_INFORMATION_ACCESS:
		return first(&f->information) && information_good(o, value);
	default:
		return false;
	}
}

static bool
extensions_good(const struct tbs_order *o, struct der tagged)
{
	struct found f = { .key_usage = false };
	struct extension e;
	struct der list;

	if (!der_take(&tagged, DER_SEQUENCE, &list) || !der_empty(&tagged))
		return false;
	while (!der_empty(&list)) {
		if (!extensions_take(&list, &e) || !extension_good(o, &e, &f))
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

/* ------------------------------------------------------------------ whole */

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
	if (!der_take(&tbs, DER_SEQUENCE, &subject) ||
	    !subject_good(o, subject))
		return "its subject is not that of profile and account";
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
