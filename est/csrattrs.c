#include "est/csrattrs.h"

#include "est/text.h"
#include "pki/key.h"

#include <stdlib.h>

#define CSRATTRS_MAX 512

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
put_key(
    const struct key_form *form, const struct keys_rule *rule, struct buf *out)
{
	size_t attribute = der_open(out, DER_SEQUENCE), set;

	oid_put(out, form->type);
	set = der_open(out, DER_SET);
	if (form->curve != OID_OTHER)
		oid_put(out, form->curve);
	else if (form->kind == KEYS_RSA)
		der_small(out, rsa_bits(rule));
	der_close(out, set);
	der_close(out, attribute);
}

void
csrattrs_der(const struct profile *profile, struct buf *out)
{
	size_t all = der_open(out, DER_SEQUENCE), i;

	if (profile->binding_required) { /* told beforehand (EST-253) */
		oid_put(out, OID_CHALLENGE_PASSWORD);
		oid_put(out, OID_IDENTITY_LINKING);
	}
	/* The first that the profile takes. */
	for (i = 0; i < KEY_FORMS; i++) {
		const struct key_form *form = &key_forms[i];

		if ((profile->keys.kinds & form->kind) == 0)
			continue;
		put_key(form, &profile->keys, out);
		oid_put(out, form->signature);
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
