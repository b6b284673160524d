#include "http/client_chain.h"

#include "base/ed25519.h"
#include "pki/der.h"
#include "pki/key.h"
#include "pki/oid.h"
#include "policy/keys.h"

enum {
	/* L-06: nobody looks at more than the leaf. */
	CERTIFICATES = 3,
	/*
	 * L-06: 4 KiB for keys to RSA-2048. A leaf has 4096 bytes at most
	 * (db/schema/0004), and so much only where keys and signatures are
	 * long; three certificates on RSA-4096 have as many.
	 */
	RSA_BITS_LEAST = 2048,
	BYTES_PER_BIT = 2,
	/* L-07: anybody may show one of these, whatever we certify. */
	RSA_BITS_DECODED = 4096,
	/* Longer ones take 7 ms for each signature. */
	RSA_EXPONENT_MAX = KEYS_EXPONENT_BITS_MAX / 8
};

/* ---------------------------------------------------------------- limits */

static unsigned
larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

struct client_chain_limits
client_chain_limits(
    const struct profile *profiles, unsigned count, unsigned issuer_rsa_bits)
{
	unsigned bits = larger(RSA_BITS_LEAST, issuer_rsa_bits);

	for (unsigned i = 0; i < count; i++)
		if ((profiles[i].keys.kinds & KEYS_RSA) != 0)
			bits = larger(bits, profiles[i].keys.rsa_max_bits);
	return (struct client_chain_limits){
		.bytes = (size_t)bits * BYTES_PER_BIT,
		.rsa_bits = larger(bits, RSA_BITS_DECODED),
	};
}

/* ------------------------------------------------------------------ keys */

static bool
good_point(struct der *parameters, const struct der *bits)
{
	const struct key_form *form;
	enum oid curve;

	if (!oid_take(parameters, &curve))
		return false;
	form = key_form_of_curve(curve);
	return form != NULL && key_form_fits(form, bits);
}

/* Bytes of a number without the one that only says that it is positive. */
static size_t
size_of(const struct der *number)
{
	return number->len - (number->at[0] == 0);
}

static bool
good_rsa(struct der bits, unsigned bits_max)
{
	struct der n, e;

	return der_take(&bits, DER_SEQUENCE, &bits) &&
	       der_take_integer(&bits, &n) && der_take_integer(&bits, &e) &&
	       size_of(&n) <= bits_max / 8 && size_of(&e) <= RSA_EXPONENT_MAX;
}

static bool
good_key(struct der spki, unsigned rsa_bits)
{
	struct der algorithm, bits;
	enum oid type;

	if (!der_take(&spki, DER_SEQUENCE, &algorithm) ||
	    !oid_take(&algorithm, &type) || !der_take_bits(&spki, &bits))
		return false;
	switch (type) {
	case OID_EC:
		return good_point(&algorithm, &bits);
	case OID_RSA:
		return good_rsa(bits, rsa_bits);
	case OID_ED25519:
		return bits.len == ED25519_SIZE && ed25519_good(bits.at);
	default:
		return false;
	}
}

/* ---------------------------------------------------------- certificates */

/* RFC 5280 4.1; what is not there, or behind the key, is not our matter. */
static bool
good_certificate(struct der certificate, unsigned rsa_bits)
{
	struct der tbs, skipped;

	if (!der_take(&certificate, DER_SEQUENCE, &tbs) ||
	    !der_take(&tbs, DER_SEQUENCE, &tbs))
		return false;
	if (der_peek(&tbs) == DER_CONTEXT_SET(0) &&
	    !der_take(&tbs, DER_CONTEXT_SET(0), &skipped))
		return false;
	return der_take(&tbs, DER_INTEGER, &skipped) &&	 /* serial number */
	       der_take(&tbs, DER_SEQUENCE, &skipped) && /* signature */
	       der_take(&tbs, DER_SEQUENCE, &skipped) && /* issuer */
	       der_take(&tbs, DER_SEQUENCE, &skipped) && /* validity */
	       der_take(&tbs, DER_SEQUENCE, &skipped) && /* subject */
	       der_take(&tbs, DER_SEQUENCE, &tbs) && good_key(tbs, rsa_bits);
}

/* What has its length in so many bytes before it. */
static bool
take(struct der *from, unsigned bytes, struct der *content)
{
	size_t size = 0;

	if (from->len < bytes)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		size = size << 8 | from->at[i];
	if (from->len - bytes < size)
		return false;
	*content = (struct der){ from->at + bytes, size };
	from->at += bytes + size;
	from->len -= bytes + size;
	return true;
}

bool
client_chain_good(const unsigned char *message, size_t len, bool tls13,
    const struct client_chain_limits *limits)
{
	struct der rest = { message, len }, list, certificate, skipped;
	unsigned count = 0;

	if (tls13 && !take(&rest, 1, &skipped)) /* context */
		return false;
	if (!take(&rest, 3, &list))
		return false;
	while (list.len > 0)
		if (++count > CERTIFICATES || !take(&list, 3, &certificate) ||
		    (tls13 && !take(&list, 2, &skipped)) || /* extensions */
		    !good_certificate(certificate, limits->rsa_bits))
			return false;
	return true;
}
