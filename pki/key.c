#include "pki/key.h"

#include "base/ed25519.h"
#include "pki/ec_key.h"
#include "pki/hash.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

#define POINT_UNCOMPRESSED 0x04

/* No profile goes outside of these; one has narrower bounds of its own. */
static const struct keys_rule any_profile = {
	.kinds = KEYS_RSA | KEYS_P256 | KEYS_P384 | KEYS_P521 | KEYS_ED25519,
	.rsa_min_bits = 2048,
	.rsa_max_bits = 8192,
};

static const char bad_form[] =
    "The public key is not a well-formed SubjectPublicKeyInfo.";
const char key_bad_curve[] =
    "The EC key must name its curve, and one of those that are accepted here.";
static const char bad_point[] =
    "The EC public key must be an uncompressed point on its curve.";
static const char bad_ed25519[] =
    "The Ed25519 public key is not a point of the large subgroup.";
static const char bad_number[] =
    "The RSA public key must be two positive numbers.";
static const char bad_parameters[] =
    "The parameters of the public key's algorithm are wrong.";
static const char no_null[] =
    "The RSA public key must have NULL as parameters of its algorithm "
    "(RFC 3279 2.3.1).";
const char key_no_memory[] =
    "There is no memory at the moment; try again later.";

/* --------------------------------------------------------------- forms */

const struct key_form key_forms[KEY_FORMS] = {
	{ KEYS_P256, "p256", OID_EC, OID_P256, "P-256", 32, OID_ECDSA_SHA256,
	    OID_SHA256 },
	{ KEYS_P384, "p384", OID_EC, OID_P384, "P-384", 48, OID_ECDSA_SHA384,
	    OID_SHA384 },
	{ KEYS_P521, "p521", OID_EC, OID_P521, "P-521", 66, OID_ECDSA_SHA512,
	    OID_SHA512 },
	{ KEYS_RSA, "rsa", OID_RSA, .signature = OID_RSA_SHA256,
	    .hash = OID_SHA256 },
	{ KEYS_ED25519, "ed25519", OID_ED25519, .signature = OID_ED25519 },
};

const struct key_form *
key_form(enum keys_kind kind)
{
	const struct key_form *form = key_forms;

	while (form->kind != kind) {
		form++;
		assert(form < key_forms + KEY_FORMS);
	}
	return form;
}

const struct key_form *
key_form_of_curve(enum oid curve)
{
	for (size_t i = 0; i < KEY_FORMS; i++)
		if (key_forms[i].curve == curve && curve != OID_OTHER)
			return &key_forms[i];
	return NULL;
}

bool
key_form_fits(const struct key_form *form, const struct der *point)
{
	return point->len == 1 + 2 * form->coordinate &&
	       point->at[0] == POINT_UNCOMPRESSED;
}

/* ------------------------------------------------------------ the kinds */

static const char *
read_ec(struct der *parameters, const struct der *bits,
    struct keys_facts *facts, EVP_PKEY **key)
{
	const struct key_form *form;
	enum oid curve;

	if (!oid_take(parameters, &curve) || !der_empty(parameters))
		return key_bad_curve;
	form = key_form_of_curve(curve);
	if (form == NULL)
		return key_bad_curve;
	facts->kind = form->kind;
	if (!key_form_fits(form, bits))
		return bad_point;
	if (key == NULL ? !ec_key_good(form, bits)
			: !ec_key_read(form, bits, key))
		return bad_point;
	return NULL;
}

/* Bits in a positive INTEGER. */
static unsigned
bits_of(const struct der *n)
{
	size_t skip = n->at[0] == 0 ? 1 : 0;
	unsigned bits = (unsigned)(n->len - skip) * 8;
	unsigned char first;

	if (n->len == skip)
		return 0;
	for (first = n->at[skip]; (first & 0x80) == 0; first <<= 1)
		bits--;
	return bits;
}

static EVP_PKEY *
make_rsa(const struct der *n, const struct der *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *modulus = BN_bin2bn(n->at, (int)n->len, NULL);
	BIGNUM *exponent = BN_bin2bn(e->at, (int)e->len, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (ctx == NULL || build == NULL || modulus == NULL ||
	    exponent == NULL ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent))
		goto out;
	params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL && EVP_PKEY_fromdata_init(ctx) > 0)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
out:
	OSSL_PARAM_free(params);
	BN_free(exponent);
	BN_free(modulus);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static bool
positive(const struct der *n)
{
	return (n->at[0] & 0x80) == 0;
}

/* Sizes are judged on the bytes, before any mathematics (S-03). */
static const char *
read_rsa(struct der *parameters, const struct der *bits,
    struct keys_facts *facts, EVP_PKEY **key)
{
	struct der rest = *bits, numbers, n, e, nothing;
	enum keys_verdict verdict;

	facts->kind = KEYS_RSA;
	/* A certificate has these bytes, and many refuse it without (C-07). */
	if (der_empty(parameters))
		return no_null;
	if (!der_take(parameters, DER_NULL, &nothing) || !der_empty(&nothing) ||
	    !der_empty(parameters))
		return bad_parameters;
	if (!der_take(&rest, DER_SEQUENCE, &numbers) || !der_empty(&rest) ||
	    !der_take_integer(&numbers, &n) ||
	    !der_take_integer(&numbers, &e) || !der_empty(&numbers) ||
	    !positive(&n) || !positive(&e))
		return bad_number;
	facts->rsa_bits = bits_of(&n);
	facts->rsa_modulus_even = (n.at[n.len - 1] & 1) == 0;
	facts->rsa_exponent_good = keys_exponent_good(e.at, e.len);
	verdict = keys_judge(&any_profile, facts);
	if (verdict == KEYS_GOOD) {
		if (!key_rsa_weaknesses(&n, facts))
			return key_no_memory;
		verdict = keys_judge(&any_profile, facts);
	}
	if (verdict != KEYS_GOOD)
		return keys_reason(verdict);
	*key = make_rsa(&n, &e);
	return *key == NULL ? key_no_memory : NULL;
}

static const char *
read_ed25519(struct der *parameters, const struct der *bits,
    struct keys_facts *facts, EVP_PKEY **key)
{
	facts->kind = KEYS_ED25519;
	if (!der_empty(parameters))
		return bad_parameters;
	if (bits->len != ED25519_SIZE)
		return bad_form;
	if (!ed25519_good(bits->at))
		return bad_ed25519;
	*key = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, bits->at, bits->len);
	return *key == NULL ? key_no_memory : NULL;
}

/* A SubjectPublicKeyInfo (RFC 5280 4.1). */
struct spki {
	enum oid type;
	struct der parameters, bits;
};

static bool
take_apart(const struct der *whole, struct spki *out)
{
	struct der rest = *whole, info;

	return der_take(&rest, DER_SEQUENCE, &info) && der_empty(&rest) &&
	       der_take(&info, DER_SEQUENCE, &out->parameters) &&
	       oid_take(&out->parameters, &out->type) &&
	       der_take_bits(&info, &out->bits) && der_empty(&info);
}

bool
key_short_of_memory(void)
{
	unsigned long error;

	while ((error = ERR_get_error()) != 0)
		if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
			return true;
	return false;
}

const char *
key_read(const struct der *spki, struct keys_facts *facts, EVP_PKEY **key)
{
	struct spki s;
	EVP_PKEY *made = NULL;
	const char *reason = keys_reason(KEYS_KIND_REFUSED);

	memset(facts, 0, sizeof(*facts));
	if (!take_apart(spki, &s))
		return bad_form;
	ERR_clear_error();
	if (s.type == OID_EC)
		reason = read_ec(
		    &s.parameters, &s.bits, facts, key == NULL ? NULL : &made);
	else if (s.type == OID_RSA)
		reason = read_rsa(&s.parameters, &s.bits, facts, &made);
	else if (s.type == OID_ED25519)
		reason = read_ed25519(&s.parameters, &s.bits, facts, &made);
	if (reason != NULL && key_short_of_memory())
		reason = key_no_memory;
	ERR_clear_error();
	if (reason == NULL && key != NULL)
		*key = made;
	else
		EVP_PKEY_free(made);
	return reason;
}

/* -------------------------------------------------------------- identity */

/* x, in 02 and 03 alone, in the other forms with y behind it. */
static bool
identify_ec(const struct der *bits, struct digest *out)
{
	size_t x = bits->len - 1;

	if (bits->len < 2)
		return false;
	if (bits->at[0] >= POINT_UNCOMPRESSED)
		x /= 2;
	*out = hash_sha256(bits->at + 1, x);
	return true;
}

static bool
take_modulus(const struct der *bits, struct der *out)
{
	struct der rest = *bits, numbers;

	return der_take(&rest, DER_SEQUENCE, &numbers) &&
	       der_take_integer(&numbers, out);
}

static bool
identify_rsa(const struct der *bits, struct digest *out)
{
	struct der n;

	if (!take_modulus(bits, &n))
		return false;
	*out = hash_sha256(n.at, n.len);
	return true;
}

/* y without the sign of x, its highest bit (RFC 8032 5.1.2). */
static bool
identify_ed25519(const struct der *bits, struct digest *out)
{
	unsigned char y[ED25519_SIZE];

	if (bits->len != sizeof(y))
		return false;
	memcpy(y, bits->at, sizeof(y));
	y[sizeof(y) - 1] &= 0x7f;
	*out = hash_sha256(y, sizeof(y));
	return true;
}

struct digest
key_identity(const struct der *spki)
{
	struct spki s;
	struct digest digest;

	if (take_apart(spki, &s) &&
	    ((s.type == OID_EC && identify_ec(&s.bits, &digest)) ||
		(s.type == OID_RSA && identify_rsa(&s.bits, &digest)) ||
		(s.type == OID_ED25519 && identify_ed25519(&s.bits, &digest))))
		return digest;
	return hash_sha256(spki->at, spki->len);
}

bool
key_modulus(const struct der *spki, struct der *modulus)
{
	struct spki s;

	return take_apart(spki, &s) && s.type == OID_RSA &&
	       take_modulus(&s.bits, modulus);
}
