/*
 * What a well-formed request says: signatures, keys, attributes, extensions
 * (S- rows, EST-150 to EST-161).
 */
#include "pki/csr.h"

#include "tests/lib/test.h"
#include "tests/lib/vectors.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void
read_good(const char *name)
{
	vectors_good(vectors_arena, name);
}

static void
EST_152_all_good_ones_are_read(void **state)
{
	(void)state;
	vectors_each("good", read_good);
}

static void
refused(const char *name)
{
	vectors_refused(name, "");
}

static void
EST_210_no_bad_one_is_read(void **state)
{
	(void)state;
	vectors_each("bad", refused);
}

static void
EST_151_kinds_and_digests(void **state)
{
	struct csr *p256 = vectors_good(vectors_arena, "p256");
	struct csr *again = vectors_good(vectors_arena, "p256");
	struct csr *rsa = vectors_good(vectors_arena, "rsa2048-sha256");

	(void)state;
	assert_int_equal(p256->key.kind, KEYS_P256);
	assert_int_equal(rsa->key.kind, KEYS_RSA);
	assert_int_equal(rsa->key.rsa_bits, 2048);
	assert_int_equal(
	    vectors_good(vectors_arena, "ed25519")->key.kind, KEYS_ED25519);
	assert_int_equal(
	    vectors_good(vectors_arena, "p384")->key.kind, KEYS_P384);
	assert_int_equal(
	    vectors_good(vectors_arena, "p521")->key.kind, KEYS_P521);
	assert_true(digest_equal(&p256->digest, &again->digest));
	assert_true(digest_equal(&p256->key_digest, &again->key_digest));
	assert_false(digest_equal(&p256->key_digest, &rsa->key_digest));
	/* One key, two requests: one key digest, two digests. */
	again = vectors_good(vectors_arena, "otp");
	assert_true(digest_equal(&p256->key_digest, &again->key_digest));
	assert_false(digest_equal(&p256->digest, &again->digest));
}

static void
S_01_EST_151_signatures(void **state)
{
	(void)state;
	vectors_refused("S-01-signature-wrong", "does not verify");
	vectors_refused("S-01-other-key", "does not verify");
	vectors_refused("S-01-other-digest", "does not verify");
	vectors_refused("S-01-pss-as-pkcs1", "does not verify");
	vectors_refused("S-01-other-kind", "does not fit");
	vectors_refused("S-01-rsa-octets", "parameters");
	vectors_refused("S-01-rsa-null-twice", "parameters");
	vectors_refused("S-01-rsa-null-filled", "well-formed DER");
	vectors_refused("S-01-ecdsa-octets", "parameters");
	vectors_refused("S-01-ecdsa-null-twice", "parameters");
	vectors_refused("S-01-ecdsa-null-filled", "well-formed DER");
	vectors_refused("S-01-ed25519-null", "parameters");
}

static void
S_02_EST_152_algorithms(void **state)
{
	(void)state;
	vectors_refused("S-02-rsa-", "SHA-256, SHA-384 or SHA-512");
	vectors_refused("S-02-ecdsa-sha1", "SHA-256, SHA-384 or SHA-512");
	vectors_refused("S-02-ed448", "Ed25519");
	vectors_refused("S-02-pss-sha1", "RSASSA-PSS is accepted with");
	vectors_refused("S-02-pss-default", "RSASSA-PSS is accepted with");
	vectors_refused("S-02-pss-absent", "RSASSA-PSS is accepted with");
	vectors_refused("S-02-pss-salt-0", "salt of 32 bytes");
	vectors_refused("S-02-pss-other-mask", "RSASSA-PSS is accepted with");
	vectors_refused("S-02-pss-other-salt", "does not verify");
}

static void
S_03_EST_153_rsa_sizes(void **state)
{
	(void)state;
	vectors_refused("S-03-", "of this size");
}

/* What `times` readings take of a processor, whatever else runs here. */
static clock_t
work(struct der der, const struct profile *profile, bool good, int times)
{
	clock_t began = clock();
	struct csr *csr;

	while (times-- > 0)
		assert_int_equal(
		    vectors_read(vectors_arena, der, profile, &csr) == NULL,
		    good);
	return clock() - began;
}

/*
 * A good one of 4096 bits takes 14 ms of an event loop, for the test for a
 * prime; a bad one at most a quarter of that.
 */
static void
expect_cheap(struct der refused, const struct profile *profile)
{
	struct profile wide = profile_person();
	struct der good = vectors_load(vectors_arena, "good", "rsa4096");

	assert_true(
	    work(refused, profile, false, 20) < work(good, &wide, true, 5));
}

static void
S_03_huge_keys_cost_nothing(void **state)
{
	struct profile profile = profile_person();

	(void)state;
	expect_cheap(
	    vectors_load(vectors_arena, "bad", "S-03-rsa-16384"), &profile);
}

static void
S_03_a_profile_may_be_narrower(void **state)
{
	struct profile profile = profile_person();
	struct csr *csr;

	(void)state;
	profile.keys.rsa_max_bits = 3072;
	assert_non_null(strstr(
	    vectors_read(vectors_arena,
		vectors_load(vectors_arena, "good", "rsa4096"), &profile, &csr),
	    "of this size"));
	profile.keys.kinds = KEYS_P256;
	assert_non_null(
	    strstr(vectors_read(vectors_arena,
		       vectors_load(vectors_arena, "good", "rsa2048-sha256"),
		       &profile, &csr),
		"of this type"));
}

static void
S_03_what_a_profile_refuses_costs_nothing(void **state)
{
	struct profile profile = profile_person();

	(void)state;
	profile.keys.rsa_max_bits = 3072;
	expect_cheap(vectors_load(vectors_arena, "good", "rsa4096"), &profile);
}

static void
S_04_EST_153_exponents_and_moduli(void **state)
{
	(void)state;
	vectors_refused("S-04-e-1", "exponent");
	vectors_refused("S-04-e-2", "exponent");
	vectors_refused("S-04-e-3", "exponent");
	vectors_refused("S-04-e-65536", "exponent");
	vectors_refused("S-04-e-2048-bits", "exponent");
	vectors_refused("S-04-e-negative", "positive");
	vectors_refused("S-04-n-even", "weak");
	vectors_refused("S-04-n-prime", "weak");
	vectors_refused("S-04-n-square", "weak");
	vectors_refused("S-04-n-0", "of this size");
	vectors_refused("S-04-n-1", "of this size");
	vectors_refused("S-04-n-negative", "positive");
}

static void
S_05_EST_154_factors_that_are_found(void **state)
{
	(void)state;
	vectors_refused("S-05-", "weak");
}

static void
S_06_EST_154_roca(void **state)
{
	(void)state;
	vectors_refused("S-06-", "weak");
}

static void
S_09_EST_153_points_and_curves(void **state)
{
	(void)state;
	vectors_refused("S-09-point-", "uncompressed point on its curve");
	vectors_refused("S-09-curve-", "must name its curve");
}

static void
S_10_EST_153_other_kinds(void **state)
{
	(void)state;
	vectors_refused("S-10-", "of this type");
}

static void
S_11_pss_only_keys(void **state)
{
	(void)state;
	vectors_refused("S-11-pss-key", "of this type");
	vectors_refused("S-11-pss-parameters", "parameters");
}

static void
S_12_EST_160_any_subject(void **state)
{
	(void)state;
	read_good("subject-empty");
	read_good("subject-many");
	read_good("subject-multi");
}

static void
S_13_S_14_subjects_are_not_looked_at(void **state)
{
	(void)state;
	read_good("subject-nul");
	read_good("subject-newline");
	read_good("subject-script");
	read_good("subject-rtl");
	read_good("subject-bad-utf8");
	read_good("subject-odd-bmp");
	read_good("subject-t61");
}

static void
S_15_EST_158_rights_of_an_authority(void **state)
{
	(void)state;
	vectors_refused("S-15-ca", "rights of a CA");
	vectors_refused("S-15-cert-sign", "rights of a CA");
	vectors_refused("S-15-crl-sign", "rights of a CA");
	vectors_refused("S-15-usage-any", "rights of a CA");
	vectors_refused("S-15-usage-ocsp", "rights of a CA");
	vectors_refused("S-15-usage-cmc-", "rights of a CA");
	vectors_refused("S-15-name-constraints", "rights of a CA");
	vectors_refused("S-15-policy-mappings", "rights of a CA");
	vectors_refused("S-15-microsoft-ca", "rights of a CA");
	vectors_refused("S-15-usage-rubbish", "well-formed");
	vectors_refused("S-15-not-a-list", "well-formed");
	vectors_refused("S-15-twice", "more than once");
	vectors_refused("S-15-names-in-both", "more than once");
}

static void
S_15_EST_159_EST_160_the_rest_is_left_out(void **state)
{
	(void)state;
	read_good("key-identifiers");
	read_good("extensions-empty");
	read_good("extensions-unknown-critical");
	read_good("extensions-not-ours");
}

static void
S_16_EST_156_names_are_kept_to_compare(void **state)
{
	struct csr *csr = vectors_good(vectors_arena, "extensions-microsoft");

	(void)state;
	assert_true(csr->names.len > 0);
	assert_int_equal(csr->names.at[0], DER_SEQUENCE);
	read_good("names-odd");
	assert_int_equal(vectors_good(vectors_arena, "p256")->names.len, 0);
}

static const char *
usage(const char *name, unsigned profile_usage)
{
	struct profile profile = profile_person();
	struct csr *csr;

	profile.key_usage = profile_usage;
	return vectors_read(vectors_arena,
	    vectors_load(vectors_arena, "good", name), &profile, &csr);
}

static void
EST_157_usages_that_exclude_the_profile(void **state)
{
	const unsigned both =
	    PROFILE_KU_DIGITAL_SIGNATURE | PROFILE_KU_KEY_ENCIPHERMENT;

	(void)state;
	assert_null(usage("usage-signature", both));
	assert_null(usage("usage-all-three", both));
	assert_null(usage("p256", both));
	assert_non_null(strstr(
	    usage("usage-signature", PROFILE_KU_NON_REPUDIATION), "keyUsage"));
	/* An EC key enciphers none, so the profile leaves nothing. */
	assert_non_null(usage("usage-all-three", PROFILE_KU_KEY_ENCIPHERMENT));
	vectors_refused("EST-157-usage-agreement", "keyUsage");
}

static void
check_challenge(const char *name)
{
	struct csr *csr = vectors_good(vectors_arena, name);

	assert_non_null(csr->challenge.at);
	assert_true(der_equal(&csr->challenge, "AbCd+/12==", 10));
}

static void
EST_235_challenge_in_any_string_type_trimmed(void **state)
{
	(void)state;
	check_challenge("challenge-printable");
	check_challenge("challenge-utf8");
	check_challenge("challenge-ia5");
	check_challenge("challenge-t61");
	assert_null(vectors_good(vectors_arena, "p256")->challenge.at);
}

static void
S_17_EST_155_EST_235_bad_challenges(void **state)
{
	(void)state;
	vectors_refused("S-17-challenge-twice", "more than once");
	vectors_refused("S-17-challenge-two-values", "exactly one value");
	vectors_refused("S-17-challenge-no-value", "exactly one value");
	vectors_refused("S-17-challenge-10-kb", "255");
	vectors_refused("S-17-challenge-256", "255");
	vectors_refused("S-17-challenge-bmp", "text");
	vectors_refused("S-17-challenge-integer", "text");
}

static void
EST_155_unknown_attributes_and_repeats(void **state)
{
	(void)state;
	read_good("attribute-unknown");
	read_good("attributes-absent");
}

static void
EST_239_challenges_of_rfc_7894(void **state)
{
	struct csr *otp = vectors_good(vectors_arena, "otp");
	struct csr *linking = vectors_good(vectors_arena, "linking");

	(void)state;
	assert_true(otp->otp.at != NULL && otp->linking.at == NULL);
	assert_true(der_equal(&otp->otp, "123456", 6));
	assert_true(linking->linking.at != NULL && linking->otp.at == NULL);
	assert_true(der_equal(&linking->linking, "AbCd+/12==", 10));
	vectors_refused("EST-239-revocation", "revocationChallenge");
}

static void
EST_185_change_of_name_is_seen(void **state)
{
	(void)state;
	assert_true(vectors_good(vectors_arena, "change-name")->changes_name);
	assert_false(vectors_good(vectors_arena, "p256")->changes_name);
	vectors_refused("EST-185-", "ChangeSubjectName");
}

static void
I_18_the_issuer_reads_keys_by_the_same_rules(void **state)
{
	struct csr *csr = vectors_good(vectors_arena, "rsa2048-sha256");
	struct keys_facts facts;
	struct der cut = csr->spki;
	unsigned char changed[512];

	(void)state;
	assert_null(csr_read_key(&csr->spki, &facts));
	assert_int_equal(facts.kind, KEYS_RSA);
	cut.len--;
	assert_non_null(csr_read_key(&cut, &facts));
	csr = vectors_good(vectors_arena, "p256");
	assert_null(csr_read_key(&csr->spki, &facts));
	memcpy(changed, csr->spki.at, csr->spki.len);
	changed[csr->spki.len - 1] ^= 1;
	cut = (struct der){ changed, csr->spki.len };
	assert_non_null(csr_read_key(&cut, &facts));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_152_all_good_ones_are_read),
		cmocka_unit_test(EST_210_no_bad_one_is_read),
		cmocka_unit_test(EST_151_kinds_and_digests),
		cmocka_unit_test(S_01_EST_151_signatures),
		cmocka_unit_test(S_02_EST_152_algorithms),
		cmocka_unit_test(S_03_EST_153_rsa_sizes),
		cmocka_unit_test(S_03_huge_keys_cost_nothing),
		cmocka_unit_test(S_03_a_profile_may_be_narrower),
		cmocka_unit_test(S_03_what_a_profile_refuses_costs_nothing),
		cmocka_unit_test(S_04_EST_153_exponents_and_moduli),
		cmocka_unit_test(S_05_EST_154_factors_that_are_found),
		cmocka_unit_test(S_06_EST_154_roca),
		cmocka_unit_test(S_09_EST_153_points_and_curves),
		cmocka_unit_test(S_10_EST_153_other_kinds),
		cmocka_unit_test(S_11_pss_only_keys),
		cmocka_unit_test(S_12_EST_160_any_subject),
		cmocka_unit_test(S_13_S_14_subjects_are_not_looked_at),
		cmocka_unit_test(S_15_EST_158_rights_of_an_authority),
		cmocka_unit_test(S_15_EST_159_EST_160_the_rest_is_left_out),
		cmocka_unit_test(S_16_EST_156_names_are_kept_to_compare),
		cmocka_unit_test(EST_157_usages_that_exclude_the_profile),
		cmocka_unit_test(EST_235_challenge_in_any_string_type_trimmed),
		cmocka_unit_test(S_17_EST_155_EST_235_bad_challenges),
		cmocka_unit_test(EST_155_unknown_attributes_and_repeats),
		cmocka_unit_test(EST_239_challenges_of_rfc_7894),
		cmocka_unit_test(EST_185_change_of_name_is_seen),
		cmocka_unit_test(I_18_the_issuer_reads_keys_by_the_same_rules),
	};

	return cmocka_run_group_tests(tests, vectors_begin, vectors_end);
}
