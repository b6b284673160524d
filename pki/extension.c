#include "pki/extension.h"

#include "pki/der.h"

struct extension_mark
extension_open(struct buf *out, enum oid oid, bool critical)
{
	struct extension_mark e;

	e.sequence = der_open(out, DER_SEQUENCE);
	oid_put(out, oid);
	if (critical)
		der_put(out, DER_BOOLEAN, "\xff", 1);
	e.octets = der_open(out, DER_OCTET_STRING);
	return e;
}

void
extension_close(struct buf *out, struct extension_mark e)
{
	der_close(out, e.octets);
	der_close(out, e.sequence);
}

void
extension_put_authority(const struct ca *ca, struct buf *out)
{
	struct extension_mark e =
	    extension_open(out, OID_AUTHORITY_KEY_ID, false);
	size_t mark = der_open(out, DER_SEQUENCE);

	der_put(out, DER_CONTEXT(0), ca->key_id, ca->key_id_len);
	der_close(out, mark);
	extension_close(out, e);
}
