#include "est/cacerts.h"

#include "base/b64.h"
#include "pki/cms.h"
#include "est/text.h"

#include <openssl/x509.h>
#include <stdlib.h>

#define BAG_MAX 12000 /* under 16 KiB as base64: one TLS record, EST-034 */

static enum flow_next
reply_bag(struct flow *f)
{
	/* EST-131: no parameter */
	text_answer(f, "application/pkcs7-mime", &est_of(f)->shared->cacerts);
	return FLOW_NEXT;
}

static const struct flow_step steps[] = {
	{ "reply", NULL, reply_bag },
	{ NULL },
};

const struct endpoint cacerts_endpoint = {
	.name = "cacerts", .methods = "GET, HEAD", .steps = steps
};

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

const char *
cacerts_make(const struct ca *ca, struct est_text *out)
{
	unsigned char *bytes[CA_CHAIN_MAX + 1] = { NULL };
	struct der certificates[CA_CHAIN_MAX + 1];
	size_t i, n = 0;
	struct buf bag;
	bool good;

	buf_init(&bag, BAG_MAX);
	good = encode(ca->certificate, &certificates[n], &bytes[n]);
	n++;
	for (i = 0; good && i < ca->chain_count; i++, n++)
		good = encode(ca->chain[i], &certificates[n], &bytes[n]);
	good = good && cms_certs_only(&bag, certificates, n);
	if (good)
		text_make(&bag, out);
	for (i = 0; i < n; i++)
		OPENSSL_free(bytes[i]);
	buf_free(&bag);
	return good ? NULL
		    : "the chain is too large for one answer of /cacerts";
}
