#include "est/csrattrs.h"

#include "est/text.h"

#include <stdlib.h>

#define CSRATTRS_MAX 512

/* Content bytes of the OIDs that are announced. */
static const unsigned char oid_challenge[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
	0x0d, 0x01, 0x09, 0x07 };
static const unsigned char oid_linking[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x09, 0x10, 0x02, 0x3a };
static const unsigned char oid_ec[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
	0x01 };
static const unsigned char oid_p256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
	0x01, 0x07 };
static const unsigned char oid_p384[] = { 0x2b, 0x81, 0x04, 0x00, 0x22 };
static const unsigned char oid_p521[] = { 0x2b, 0x81, 0x04, 0x00, 0x23 };
static const unsigned char oid_ecdsa_sha256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d,
	0x04, 0x03, 0x02 };
static const unsigned char oid_ecdsa_sha384[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d,
	0x04, 0x03, 0x03 };
static const unsigned char oid_ecdsa_sha512[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d,
	0x04, 0x03, 0x04 };
static const unsigned char oid_rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x01, 0x01 };
static const unsigned char oid_rsa_sha256[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
	0x0d, 0x01, 0x01, 0x0b };
static const unsigned char oid_ed25519[] = { 0x2b, 0x65, 0x70 };

#define OID(bytes) bytes, sizeof(bytes)

/* In the order of preference: the first that the profile takes is named. */
static const struct choice {
	enum keys_kind kind;
	const unsigned char *key;
	size_t key_len;
	const unsigned char *curve;
	size_t curve_len;
	const unsigned char *signature;
	size_t signature_len;
} choices[] = {
	{ KEYS_P256, OID(oid_ec), OID(oid_p256), OID(oid_ecdsa_sha256) },
	{ KEYS_P384, OID(oid_ec), OID(oid_p384), OID(oid_ecdsa_sha384) },
	{ KEYS_P521, OID(oid_ec), OID(oid_p521), OID(oid_ecdsa_sha512) },
	{ KEYS_RSA, OID(oid_rsa), NULL, 0, OID(oid_rsa_sha256) },
	{ KEYS_ED25519, OID(oid_ed25519), NULL, 0, OID(oid_ed25519) },
};

/* 3072 bits where the profile allows it: the usual advice of today. */
static unsigned
rsa_bits(const struct keys_rule *rule)
{
	if (rule->rsa_min_bits > 3072)
		return rule->rsa_min_bits;
	return rule->rsa_max_bits < 3072 ? rule->rsa_max_bits : 3072;
}

/* EST-252: SEQUENCE { key algorithm, SET { curve, or bits, or nothing } }. */
static void
put_key(const struct choice *c, const struct keys_rule *rule, struct buf *out)
{
	size_t attribute = der_open(out, DER_SEQUENCE), set;

	der_put(out, DER_OID, c->key, c->key_len);
	set = der_open(out, DER_SET);
	if (c->curve != NULL)
		der_put(out, DER_OID, c->curve, c->curve_len);
	else if (c->kind == KEYS_RSA)
		der_small(out, rsa_bits(rule));
	der_close(out, set);
	der_close(out, attribute);
}

void
csrattrs_der(const struct profile *profile, struct buf *out)
{
	size_t all = der_open(out, DER_SEQUENCE), i;

	if (profile->binding_required) { /* EST-253 */
		der_put(out, DER_OID, OID(oid_challenge));
		der_put(out, DER_OID, OID(oid_linking));
	}
	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		const struct choice *c = &choices[i];

		if ((profile->keys.kinds & c->kind) == 0)
			continue;
		put_key(c, &profile->keys, out);
		der_put(out, DER_OID, c->signature, c->signature_len);
		break;
	}
	der_close(out, all);
}

const char *
csrattrs_make(const struct profile *profile, struct est_text *out)
{
	struct buf der;

	buf_init(&der, CSRATTRS_MAX);
	csrattrs_der(profile, &der);
	if (!buf_ok(&der))
		return "the CSR attributes do not fit";
	text_make(&der, out);
	buf_free(&der);
	return NULL;
}

static enum flow_next
reply_attributes(struct flow *f)
{
	const struct est_shared *shared = est_of(f)->shared;
	size_t i = (size_t)(est_profile(f) - shared->config->profiles);

	text_answer(f, "application/csrattrs", &shared->csrattrs[i]);
	return FLOW_NEXT;
}

static const struct flow_step steps[] = {
	{ "reply", NULL, reply_attributes },
	{ NULL },
};

const struct endpoint csrattrs_endpoint = {
	.name = "csrattrs", .methods = "GET, HEAD", .steps = steps
};
