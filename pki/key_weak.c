/*
 * RSA moduli that can be taken apart (EST-154, S-04..S-06). Some 60 us for
 * 2048 bits; asked only after the sizes have been.
 *
 * Not here: the keys of Debian's broken generator of 2008 (CVE-2008-0166);
 * docs/decisions/ says why.
 */
#include "pki/key.h"

#include <openssl/bn.h>

#define SMALL_FACTOR_MAX 752
#define FERMAT_ROUNDS 100
/* 3 to 167: what tells an Infineon key from others (CVE-2017-15361). */
#define ROCA_PRIME_MAX 167

/* ---------------------------------------------------------- small primes */

static bool
small_prime(unsigned n)
{
	for (unsigned d = 2; d * d <= n; d++) {
		if (n % d == 0)
			return false;
	}
	return n >= 2;
}

/* Is r a power of 65537 modulo p? */
static bool
generated(unsigned r, unsigned p)
{
	unsigned power = 1;

	do {
		if (power == r)
			return true;
		power = power * (65537 % p) % p;
	} while (power != 1);
	return false;
}

/*
 * Primes of the weak generator are k * M + 65537^a mod M, with M the product
 * of the small primes: so the modulus is a power of 65537 modulo each of
 * them, which for another one happens once in 2^27.
 */
static void
judge_small_primes(const BIGNUM *n, struct keys_facts *facts)
{
	facts->rsa_roca = true;
	for (unsigned p = 3; p < SMALL_FACTOR_MAX; p += 2) {
		unsigned r;

		if (!small_prime(p))
			continue;
		r = (unsigned)BN_mod_word(n, p);
		if (r == 0)
			facts->rsa_small_factor = true;
		if (p <= ROCA_PRIME_MAX && !generated(r, p))
			facts->rsa_roca = false;
	}
}

/* ---------------------------------------------------------------- Fermat */

/* out = floor(sqrt(n)), by Newton from above. */
static bool
square_root(BIGNUM *out, const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *next;
	bool ok = false;

	BN_CTX_start(ctx);
	next = BN_CTX_get(ctx);
	if (next == NULL || !BN_one(out) ||
	    !BN_lshift(out, out, (BN_num_bits(n) + 1) / 2))
		goto out;
	for (;;) {
		if (!BN_div(next, NULL, n, out, ctx) ||
		    !BN_add(next, next, out) || !BN_rshift1(next, next))
			goto out;
		if (BN_cmp(next, out) >= 0)
			break;
		if (BN_copy(out, next) == NULL)
			goto out;
	}
	ok = true;
out:
	BN_CTX_end(ctx);
	return ok;
}

/* Most numbers that are no squares show it modulo a small one. */
static bool
may_be_square(const BIGNUM *n)
{
	static const unsigned moduli[] = { 64, 63, 65, 11, 17, 19, 23 };

	for (size_t i = 0; i < sizeof(moduli) / sizeof(moduli[0]); i++) {
		unsigned m = moduli[i], r = (unsigned)BN_mod_word(n, m), x;

		for (x = 0; x <= m / 2; x++) {
			if (x * x % m == r)
				break;
		}
		if (x > m / 2)
			return false;
	}
	return true;
}

static bool
is_square(const BIGNUM *n, bool *square, BN_CTX *ctx)
{
	BIGNUM *root;
	bool ok = true;

	*square = BN_is_zero(n); /* no square root by division */
	if (*square || !may_be_square(n))
		return true;
	BN_CTX_start(ctx);
	root = BN_CTX_get(ctx);
	if (root == NULL || !square_root(root, n, ctx) ||
	    !BN_sqr(root, root, ctx))
		ok = false;
	else
		*square = BN_cmp(root, n) == 0;
	BN_CTX_end(ctx);
	return ok;
}

/* Searches a >= sqrt(n) with a^2 - n a square: then n is (a - b)(a + b). */
static bool
judge_distance(const BIGNUM *n, struct keys_facts *facts, BN_CTX *ctx)
{
	BIGNUM *a, *rest;
	bool ok = false;

	BN_CTX_start(ctx);
	a = BN_CTX_get(ctx);
	rest = BN_CTX_get(ctx);
	if (rest == NULL || !square_root(a, n, ctx) || !BN_sqr(rest, a, ctx))
		goto out;
	if (BN_cmp(rest, n) < 0 &&
	    (!BN_add_word(a, 1) || !BN_sqr(rest, a, ctx)))
		goto out;
	if (!BN_sub(rest, rest, n))
		goto out;
	for (int i = 0; i < FERMAT_ROUNDS && !facts->rsa_close_primes; i++) {
		if (!is_square(rest, &facts->rsa_close_primes, ctx))
			goto out;
		/* (a + 1)^2 is a^2 and twice a and one. */
		if (!BN_add(rest, rest, a) || !BN_add(rest, rest, a) ||
		    !BN_add_word(rest, 1) || !BN_add_word(a, 1))
			goto out;
	}
	ok = true;
out:
	BN_CTX_end(ctx);
	return ok;
}

bool
key_rsa_weaknesses(const struct der *modulus, struct keys_facts *facts)
{
	BIGNUM *n = BN_bin2bn(modulus->at, (int)modulus->len, NULL);
	BN_CTX *ctx = BN_CTX_new();
	bool ok = false;

	if (n != NULL && ctx != NULL && !BN_is_zero(n)) {
		judge_small_primes(n, facts);
		ok = judge_distance(n, facts, ctx);
	}
	BN_CTX_free(ctx);
	BN_free(n);
	return ok;
}

/*
 * Fermat's test to base 2: what is composite and passes it is too rare to
 * meet, and nothing is lost but a key that its owner makes anew.
 */
bool
key_rsa_prime(const struct der *modulus)
{
	BIGNUM *n = BN_bin2bn(modulus->at, (int)modulus->len, NULL);
	BIGNUM *exponent = n == NULL ? NULL : BN_dup(n), *power = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	bool prime = false;

	if (ctx != NULL && exponent != NULL && power != NULL &&
	    BN_sub_word(exponent, 1) &&
	    BN_mod_exp_mont_word(power, 2, exponent, n, ctx, NULL))
		prime = BN_is_one(power);
	BN_free(power);
	BN_free(exponent);
	BN_CTX_free(ctx);
	BN_free(n);
	return prime;
}
