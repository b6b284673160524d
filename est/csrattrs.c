#include "est/csrattrs.h"

#include "est/text.h"
#include "pki/key.h"

#include <stdlib.h>

#define CSRATTRS_MAX 512

/*
 * EST-252: SEQUENCE { key algorithm, SET { curve, or bits, or nothing } }. What
 * stands there is a demand (RFC 9908 3.2), and so only what the profile has one
 * of (C-11).
 */
static void
put_key(const struct key_form *form, const struct keys_rule *rule, bool one,
    struct buf *out)
{
	size_t attribute = der_open(out, DER_SEQUENCE), set;

	oid_put(out, form->type);
	set = der_open(out, DER_SET);
	if (one && form->curve != OID_OTHER)
		oid_put(out, form->curve);
	else if (form->kind == KEYS_RSA &&
		 rule->rsa_min_bits == rule->rsa_max_bits)
		der_small(out, rule->rsa_min_bits);
	der_close(out, set);
	der_close(out, attribute);
}

/* The first form that the rule takes, if all others are of the same type. */
static const struct key_form *
common_form(const struct keys_rule *rule)
{
	const struct key_form *found = NULL;

	for (size_t i = 0; i < KEY_FORMS; i++) {
		const struct key_form *form = &key_forms[i];

		if ((rule->kinds & form->kind) == 0)
			continue;
		if (found != NULL && found->type != form->type)
			return NULL;
		if (found == NULL)
			found = form;
	}
	return found;
}

void
csrattrs_der(const struct profile *profile, struct buf *out)
{
	const struct key_form *form = common_form(&profile->keys);
	size_t all = der_open(out, DER_SEQUENCE);
	bool one;

	if (profile->binding_required) { /* told beforehand (EST-253) */
		oid_put(out, OID_CHALLENGE_PASSWORD);
		oid_put(out, OID_IDENTITY_LINKING);
	}
	if (form != NULL) {
		one = profile->keys.kinds == form->kind;
		put_key(form, &profile->keys, one, out);
		if (one)
			oid_put(out, form->signature);
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
