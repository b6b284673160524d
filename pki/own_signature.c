/*
 * SEC 1 4.1.4, for who has no secrets here: with e of the bytes, w = 1/s,
 * (x, y) = ew * G + rw * Q, and x = r. OpenSSL multiplies G, the curve's point,
 * by a table in 7 us, and Q, ours, without one in 42. Its group of a curve may
 * have another point in G's place, and a table for that: such a one, with Q.
 *
 * EC_GROUP_precompute_mult() is deprecated since 3.0 and does its work still
 * in 3.5; where it is gone, the caller asks EVP_PKEY_verify() as before.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pki/own_signature.h"

#include "pki/der.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <string.h>

struct own_signature {
	EC_GROUP *curve, *own; /* `own` has Q in G's place */
	const BIGNUM *order;
	EC_POINT *of_bytes, *of_r; /* ew * G; rw * Q */
	BN_CTX *numbers;
};

#ifndef OPENSSL_NO_DEPRECATED_3_0
static bool
make_table(EC_GROUP *own, const EC_POINT *q, const struct own_signature *o)
{
	return EC_GROUP_set_generator(
		   own, q, o->order, EC_GROUP_get0_cofactor(o->curve)) == 1 &&
	       EC_GROUP_precompute_mult(own, o->numbers) == 1;
}
#else
static bool
make_table(EC_GROUP *own, const EC_POINT *q, const struct own_signature *o)
{
	(void)own;
	(void)q;
	(void)o;
	return false;
}
#endif

static bool
is_p256(EVP_PKEY *key)
{
	char name[32];

	return EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1 &&
	       strcmp(name, SN_X9_62_prime256v1) == 0;
}

static bool
open_curve(struct own_signature *o)
{
	o->numbers = BN_CTX_new();
	o->curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	if (o->numbers == NULL || o->curve == NULL)
		return false;
	o->order = EC_GROUP_get0_order(o->curve);
	o->own = EC_GROUP_dup(o->curve);
	o->of_bytes = EC_POINT_new(o->curve);
	o->of_r = EC_POINT_new(o->curve);
	return o->own != NULL && o->of_bytes != NULL && o->of_r != NULL;
}

static bool
take_point(struct own_signature *o, EVP_PKEY *key)
{
	unsigned char *bytes = NULL;
	size_t len = EVP_PKEY_get1_encoded_public_key(key, &bytes);
	EC_POINT *q = EC_POINT_new(o->curve);
	bool good =
	    q != NULL && len > 0 &&
	    EC_POINT_oct2point(o->curve, q, bytes, len, o->numbers) == 1 &&
	    make_table(o->own, q, o);

	EC_POINT_free(q);
	OPENSSL_free(bytes);
	return good;
}

struct own_signature *
own_signature_new(EVP_PKEY *key)
{
	struct own_signature *o = NULL;

	if (is_p256(key))
		o = calloc(1, sizeof(*o));
	if (o != NULL && (!open_curve(o) || !take_point(o, key))) {
		own_signature_free(o);
		o = NULL;
	}
	ERR_clear_error();
	return o;
}

void
own_signature_free(struct own_signature *o)
{
	if (o == NULL)
		return;
	EC_POINT_free(o->of_bytes);
	EC_POINT_free(o->of_r);
	EC_GROUP_free(o->own);
	EC_GROUP_free(o->curve);
	BN_CTX_free(o->numbers);
	free(o);
}

/* From 1 to below the order. */
static bool
take_number(const struct own_signature *o, struct der *from, BIGNUM *number)
{
	struct der n;

	return der_take_integer(from, &n) && (n.at[0] & 0x80) == 0 &&
	       BN_bin2bn(n.at, (int)n.len, number) != NULL &&
	       !BN_is_zero(number) && BN_cmp(number, o->order) < 0;
}

static bool
take_signature(
    const struct own_signature *o, struct der signature, BIGNUM *r, BIGNUM *s)
{
	struct der both;

	return der_take(&signature, DER_SEQUENCE, &both) &&
	       der_empty(&signature) && take_number(o, &both, r) &&
	       take_number(o, &both, s) && der_empty(&both);
}

/* x of ew * G + rw * Q; false where that is no point but infinity. */
static bool
add_up(const struct own_signature *o, const BIGNUM *ew, const BIGNUM *rw,
    BIGNUM *x)
{
	return EC_POINT_mul(
		   o->curve, o->of_bytes, ew, NULL, NULL, o->numbers) == 1 &&
	       EC_POINT_mul(o->own, o->of_r, rw, NULL, NULL, o->numbers) == 1 &&
	       EC_POINT_add(o->curve, o->of_bytes, o->of_bytes, o->of_r,
		   o->numbers) == 1 &&
	       EC_POINT_get_affine_coordinates(
		   o->curve, o->of_bytes, x, NULL, o->numbers) == 1;
}

bool
own_signature_good(const struct own_signature *o,
    const unsigned char digest[OWN_SIGNATURE_DIGEST],
    const unsigned char *signature, size_t len)
{
	BIGNUM *r, *s, *w, *ew, *rw, *x;
	bool good = false;

	BN_CTX_start(o->numbers);
	r = BN_CTX_get(o->numbers);
	s = BN_CTX_get(o->numbers);
	w = BN_CTX_get(o->numbers);
	ew = BN_CTX_get(o->numbers);
	rw = BN_CTX_get(o->numbers);
	x = BN_CTX_get(o->numbers); /* the last: NULL if any is */
	if (x != NULL &&
	    take_signature(o, (struct der){ signature, len }, r, s) &&
	    BN_mod_inverse(w, s, o->order, o->numbers) != NULL &&
	    BN_bin2bn(digest, OWN_SIGNATURE_DIGEST, ew) != NULL &&
	    BN_mod_mul(ew, ew, w, o->order, o->numbers) == 1 &&
	    BN_mod_mul(rw, r, w, o->order, o->numbers) == 1 &&
	    add_up(o, ew, rw, x) && BN_nnmod(x, x, o->order, o->numbers) == 1)
		good = BN_cmp(x, r) == 0;
	BN_CTX_end(o->numbers);
	return good;
}
