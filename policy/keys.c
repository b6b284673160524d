#include "policy/keys.h"

#include <stdint.h>
#include <stdio.h>

bool
keys_exponent_good(const unsigned char *e, size_t len)
{
	uint64_t value = 0;

	for (; len > 0 && *e == 0; len--)
		e++;
	if (len > KEYS_EXPONENT_BITS_MAX / 8)
		return false;
	for (; len > 0; len--)
		value = value << 8 | *e++;
	return value >= 65537 && value % 2 == 1;
}

static enum keys_verdict
judge_rsa(const struct keys_rule *rule, const struct keys_facts *facts)
{
	if (facts->rsa_bits < rule->rsa_min_bits ||
	    facts->rsa_bits > rule->rsa_max_bits || facts->rsa_bits % 8 != 0)
		return KEYS_SIZE_REFUSED;
	if (!facts->rsa_exponent_good)
		return KEYS_EXPONENT_REFUSED;
	if (facts->rsa_modulus_even || facts->rsa_small_factor ||
	    facts->rsa_close_primes || facts->rsa_roca)
		return KEYS_WEAK;
	return KEYS_GOOD;
}

enum keys_verdict
keys_judge(const struct keys_rule *rule, const struct keys_facts *facts)
{
	switch (facts->kind) {
	case KEYS_RSA:
	case KEYS_P256:
	case KEYS_P384:
	case KEYS_P521:
	case KEYS_ED25519:
		break;
	default: /* none that is known, or several at once */
		return KEYS_KIND_REFUSED;
	}
	if ((rule->kinds & (unsigned)facts->kind) == 0)
		return KEYS_KIND_REFUSED;
	if (facts->kind == KEYS_RSA)
		return judge_rsa(rule, facts);
	return KEYS_GOOD;
}

const char *
keys_reason(enum keys_verdict verdict)
{
	static const char *const reasons[] = {
		[KEYS_GOOD] = "The public key is accepted.",
		[KEYS_KIND_REFUSED] =
		    "Keys of this type are not accepted here.",
		[KEYS_SIZE_REFUSED] =
		    "RSA keys of this size are not accepted here.",
		[KEYS_EXPONENT_REFUSED] =
		    "The RSA exponent must be odd, at least 65537 and at most "
		    "64 bits long; use 65537.",
		[KEYS_WEAK] = "The RSA key is weak: its factors can be found. "
			      "Make a new one with a current program.",
	};

	return reasons[verdict];
}

static void
name_rsa(const struct keys_rule *rule, char *out, size_t size)
{
	if (rule->rsa_min_bits == rule->rsa_max_bits)
		snprintf(out, size, "RSA of %u bits", rule->rsa_min_bits);
	else
		snprintf(out, size, "RSA of %u to %u bits", rule->rsa_min_bits,
		    rule->rsa_max_bits);
}

void
keys_advice(const struct keys_rule *rule, char out[KEYS_ADVICE_SIZE])
{
	char rsa[32];
	const struct {
		enum keys_kind kind;
		const char *name;
	} kinds[] = {
		{ KEYS_P256, "P-256" },
		{ KEYS_P384, "P-384" },
		{ KEYS_P521, "P-521" },
		{ KEYS_RSA, rsa },
		{ KEYS_ED25519, "Ed25519" },
	};
	size_t used = 0;
	unsigned left = rule->kinds;
	const char *between = "";

	name_rsa(rule, rsa, sizeof(rsa));
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if ((left & kinds[i].kind) == 0)
			continue;
		left &= ~(unsigned)kinds[i].kind;
		if (used > 0)
			between = left == 0 ? " or " : ", ";
		used += (size_t)snprintf(out + used, KEYS_ADVICE_SIZE - used,
		    "%s%s", between, kinds[i].name);
	}
}

static const struct {
	unsigned bits;
	const char *name;
} people[KEYS_PEOPLE] = {
	[KEYS_PEOPLE_RSA_2048] = { 2048, "rsa-2048" },
	[KEYS_PEOPLE_RSA_3072] = { 3072, "rsa-3072" },
	[KEYS_PEOPLE_RSA_4096] = { 4096, "rsa-4096" },
	[KEYS_PEOPLE_P256] = { 0, "ec-p256" },
	[KEYS_PEOPLE_P384] = { 0, "ec-p384" },
};

enum keys_people
keys_for_people(const struct keys_rule *rule)
{
	for (int i = KEYS_PEOPLE_RSA_2048; i <= KEYS_PEOPLE_RSA_4096; i++)
		if ((rule->kinds & KEYS_RSA) != 0 &&
		    people[i].bits >= rule->rsa_min_bits &&
		    people[i].bits <= rule->rsa_max_bits)
			return (enum keys_people)i;
	return (rule->kinds & KEYS_P256) != 0 ? KEYS_PEOPLE_P256
					      : KEYS_PEOPLE_P384;
}

const char *
keys_people_name(enum keys_people kind)
{
	return people[kind].name;
}
