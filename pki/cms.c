#include "pki/cms.h"

#include "pki/oid.h"

#define CERTIFICATES_MAX 16

static void
sort(const struct der **list, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct der *moving = list[i];
		size_t to = i;

		for (; to > 0 && der_before(moving, list[to - 1]); to--)
			list[to] = list[to - 1];
		list[to] = moving;
	}
}

/* RFC 5652 5.1: no digests, no content, no CRLs, no signers. */
bool
cms_certs_only(struct buf *out, const struct der *certificates, size_t count)
{
	const struct der *sorted[CERTIFICATES_MAX];
	size_t info, content, all, inner;

	if (count > CERTIFICATES_MAX)
		return false;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &certificates[i];
	sort(sorted, count);

	info = der_open(out, DER_SEQUENCE);
	oid_put(out, OID_SIGNED_DATA);
	content = der_open(out, DER_CONTEXT_SET(0));
	all = der_open(out, DER_SEQUENCE);
	der_small(out, 1);
	der_put(out, DER_SET, NULL, 0);
	inner = der_open(out, DER_SEQUENCE);
	oid_put(out, OID_DATA);
	der_close(out, inner);
	inner = der_open(out, DER_CONTEXT_SET(0));
	for (size_t i = 0; i < count; i++)
		der_raw(out, sorted[i]->at, sorted[i]->len);
	der_close(out, inner);
	der_put(out, DER_SET, NULL, 0);
	der_close(out, all);
	der_close(out, content);
	der_close(out, info);
	return buf_ok(out);
}

/* False if it cannot be encoded. `bytes` is for OPENSSL_free(). */
static bool
encode(X509 *certificate, struct der *out, unsigned char **bytes)
{
	int len = i2d_X509(certificate, bytes);

	if (len < 0)
		return false;
	out->at = *bytes;
	out->len = (size_t)len;
	return true;
}

bool
cms_ca_certificates(struct buf *out, const struct ca *ca)
{
	unsigned char *bytes[CA_CHAIN_MAX + 1] = { NULL };
	struct der certificates[CA_CHAIN_MAX + 1];
	size_t i, n = 1;
	bool good;

	good = encode(ca->certificate, &certificates[0], &bytes[0]);
	for (i = 0; good && i < ca->chain_count; i++, n++)
		good = encode(ca->chain[i], &certificates[n], &bytes[n]);
	good = good && cms_certs_only(out, certificates, n);
	for (i = 0; i < n; i++)
		OPENSSL_free(bytes[i]);
	return good;
}
