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

static const struct {
	const char *bytes;
	size_t len;
} oids[OID_COUNT] = {
#define X(name, bytes) [OID_##name] = { bytes, sizeof(bytes) - 1 },
	OID_LIST(X)
#undef X
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
