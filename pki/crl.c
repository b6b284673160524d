#include "pki/crl.h"

#include "pki/extension.h"
#include "pki/extensions.h"
#include "pki/oid.h"

#include <string.h>

#define VERSION_2 1 /* RFC 5280 5.1.2.1 */

static const struct {
	const char *name;
	enum crl_reason reason;
} reasons[] = {
	{ "unspecified", CRL_UNSPECIFIED },
	{ "abandoned", CRL_UNSPECIFIED },
	{ "keyCompromise", CRL_KEY_COMPROMISE },
	{ "affiliationChanged", CRL_AFFILIATION_CHANGED },
	{ "superseded", CRL_SUPERSEDED },
	{ "cessationOfOperation", CRL_CESSATION_OF_OPERATION },
	{ "privilegeWithdrawn", CRL_PRIVILEGE_WITHDRAWN },
};

bool
crl_reason_read(const char *name, enum crl_reason *reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].name, name) == 0) {
			*reason = reasons[i].reason;
			return true;
		}
	return false;
}

/* ---------------------------------------------------------------- writing */

/* RFC 5280 5.3.1. */
static void
put_reason(enum crl_reason reason, struct buf *out)
{
	unsigned char value = (unsigned char)reason;
	size_t list = der_open(out, DER_SEQUENCE);
	struct extension_mark e = extension_open(out, OID_CRL_REASON, false);

	der_put(out, DER_ENUMERATED, &value, 1);
	extension_close(out, e);
	der_close(out, list);
}

void
crl_put_entry(const struct crl_entry *entry, struct buf *out)
{
	size_t mark = der_open(out, DER_SEQUENCE);

	der_unsigned(out, entry->serial.bytes, sizeof(entry->serial));
	der_time(out, entry->revoked_at);
	if (entry->reason != CRL_UNSPECIFIED)
		put_reason(entry->reason, out);
	der_close(out, mark);
}

void
crl_put_tail(const struct ca *ca, const struct crl_head *head, struct buf *out)
{
	size_t tag = der_open(out, DER_CONTEXT_SET(0));
	size_t list = der_open(out, DER_SEQUENCE);
	struct extension_mark e;

	extension_put_authority(ca, out);
	e = extension_open(out, OID_CRL_NUMBER, false);
	der_small(out, head->number);
	extension_close(out, e);
	der_close(out, list);
	der_close(out, tag);
}

/* The fields of TBSCertList (RFC 5280 5.1) up to the entries. */
static void
put_fields(const struct ca *ca, const struct crl_head *head, size_t entries,
    struct buf *out)
{
	der_small(out, VERSION_2);
	ca_put_algorithm(ca, out);
	der_raw(out, ca->subject.at, ca->subject.len);
	der_time(out, head->this_update);
	der_time(out, head->next_update);
	if (entries > 0) /* else no field (EST-353) */
		der_header(out, DER_SEQUENCE, entries);
}

void
crl_put_head(const struct ca *ca, const struct crl_head *head, size_t entries,
    const struct buf *tail, struct buf *out)
{
	struct buf fields;

	buf_init(&fields, CRL_HEAD_MAX);
	put_fields(ca, head, entries, &fields);
	if (!buf_ok(&fields))
		out->failed = true;
	der_header(out, DER_SEQUENCE, fields.used + entries + tail->used);
	if (fields.used > 0)
		der_raw(out, fields.at, fields.used);
	buf_free(&fields);
}

void
crl_put_signature(const struct ca *ca, const unsigned char *signature,
    size_t len, struct buf *out)
{
	ca_put_algorithm(ca, out);
	der_bits(out, signature, len);
}

void
crl_put_outside(size_t inside, struct buf *out)
{
	der_header(out, DER_SEQUENCE, inside);
}

/* ---------------------------------------------------------------- reading */

/* CRLNumber, among the extensions. */
static bool
take_number(struct der tail, int64_t *number)
{
	struct der list, content;
	struct extension e;

	if (!der_take(&tail, DER_CONTEXT_SET(0), &content) ||
	    !der_take(&content, DER_SEQUENCE, &list))
		return false;
	while (!der_empty(&list)) {
		if (!extensions_take(&list, &e))
			return false;
		if (oid_of(&e.oid) == OID_CRL_NUMBER)
			return der_take_small(&e.value, number) && *number > 0;
	}
	return false;
}

static bool
take_fields(struct der tbs, struct crl_head *head)
{
	struct der skip;
	int64_t version, this_update, next_update;

	if (!der_take_small(&tbs, &version) || version != VERSION_2 ||
	    !der_take(&tbs, DER_SEQUENCE, &skip) ||
	    !der_take(&tbs, DER_SEQUENCE, &skip) ||
	    !der_take_time(&tbs, &this_update) ||
	    !der_take_time(&tbs, &next_update))
		return false;
	head->this_update = this_update;
	head->next_update = next_update;
	if (der_peek(&tbs) == DER_SEQUENCE &&
	    !der_take(&tbs, DER_SEQUENCE, &skip))
		return false;
	return take_number(tbs, &head->number);
}

bool
crl_read_head(const struct der *whole, struct crl_head *head)
{
	struct der rest = *whole, all, tbs, skip;

	return der_take(&rest, DER_SEQUENCE, &all) && der_empty(&rest) &&
	       der_take(&all, DER_SEQUENCE, &tbs) &&
	       der_take(&all, DER_SEQUENCE, &skip) &&
	       der_take_bits(&all, &skip) && der_empty(&all) &&
	       take_fields(tbs, head);
}
