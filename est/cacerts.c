#include "est/cacerts.h"

#include "pki/cms.h"
#include "est/text.h"

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

const char *
cacerts_make(const struct ca *ca, struct est_text *out)
{
	struct buf bag;
	bool good;

	buf_init(&bag, BAG_MAX);
	good = cms_ca_certificates(&bag, ca);
	if (good)
		text_make(&bag, out);
	buf_free(&bag);
	return good ? NULL
		    : "the chain is too large for one answer of /cacerts";
}
