/*
 * Requests that somebody really wrote (docs/interop.md, C- rows), and their
 * siblings: what is tolerated (docs/decisions/0041), what is not, and what
 * the client is told.
 */
#include "pki/csr.h"

#include "tests/lib/test.h"
#include "tests/lib/vectors.h"

#include <string.h>

static void
read_good(const char *name)
{
	vectors_good(vectors_arena, name);
}

static void
C_01_C_02_C_07_parameters_that_say_nothing(void **state)
{
	(void)state;
	read_good("C-01-rsa-sha256-without-null");
	read_good("C-01-rsa-sha384-without-null");
	read_good("C-01-rsa-sha512-without-null");
	read_good("C-02-mbedtls");
	read_good("C-02-ecdsa-sha256-null");
	read_good("C-02-ecdsa-sha384-null");
	read_good("C-02-ecdsa-sha512-null");
	read_good("C-07-pss-trailer");
	vectors_refused("C-07-pss-trailer-2", "RSASSA-PSS is accepted with");
}

/* Its bytes become those of the certificate, and Go refuses that (C-07). */
static void
C_07_an_RSA_key_has_its_NULL(void **state)
{
	struct keys_facts facts;
	struct der der =
	    vectors_load(vectors_arena, "bad", "C-07-key-without-null");
	struct csr *csr;

	(void)state;
	vectors_refused("C-07-key-without-null", "must have NULL");
	assert_null(csr_read(vectors_arena, &der, &csr));
	assert_non_null(csr_read_key(&csr->spki, &facts));
}

static void
C_03_a_default_may_be_written_out(void **state)
{
	struct csr *csr = vectors_good(vectors_arena, "C-03-certmonger");

	(void)state;
	assert_true(csr->names.len > 0);
	read_good("C-03-critical-false");
	vectors_refused("D-03-boolean-1", "well-formed");
}

static void
C_04_the_order_of_a_set_means_nothing(void **state)
{
	struct csr *csr = vectors_good(vectors_arena, "C-04-strongswan");

	(void)state;
	assert_true(csr->names.len > 0);
	read_good("C-04-attributes-unsorted");
	read_good("C-04-values-unsorted");
	read_good("C-04-value-twice");
}

/* Nor does it where names are compared, at a renewal (EST-184). */
static void
C_06_a_name_is_a_set_too(void **state)
{
	struct csr *csr = vectors_good(vectors_arena, "C-06-subject-unsorted");
	/* SET { C=JP, CN=sample001 }, as DER has it. */
	static const unsigned char sorted[] =
	    "\x30\x1f\x31\x1d\x30\x09\x06\x03\x55\x04\x06\x13\x02JP"
	    "\x30\x10\x06\x03\x55\x04\x03\x0c\x09sample001";
	struct der name = { sorted, sizeof(sorted) - 1 }, none = { NULL, 0 };

	(void)state;
	/* What is none at all is none for OpenSSL either. */
	vectors_refused("C-06-subject-", "not a Name");
	assert_null(csr_same_names(csr, &name, &none));
	assert_non_null(csr_same_names(
	    vectors_good(vectors_arena, "subject-multi"), &name, &none));
}

static void
C_08_a_challenge_left_empty_is_none(void **state)
{
	struct csr *csr = vectors_good(vectors_arena, "C-08-challenge-empty");

	(void)state;
	assert_null(vectors_good(vectors_arena, "C-08-otp-empty")->otp.at);
	assert_null(csr->challenge.at);
	assert_true(csr_linked(csr, "value", 5, false));
	assert_false(csr_linked(csr, "value", 5, true));
}

static void
C_10_EST_155_one_list_of_extensions(void **state)
{
	(void)state;
	vectors_refused(
	    "C-10-", "extensionRequest must have exactly one value");
}

static void
C_09_usages_of_which_none_is_certified(void **state)
{
	struct profile mail = profile_person();
	struct csr *csr;

	(void)state;
	read_good("C-09-server-and-client");
	vectors_refused("C-09-server", "extendedKeyUsage");
	vectors_refused("C-09-unknown", "extendedKeyUsage");
	vectors_refused("C-09-none", "extendedKeyUsage");
	vectors_refused("C-09-in-both", "more than once");
	mail.extended_key_usage = PROFILE_EKU_EMAIL_PROTECTION;
	assert_non_null(vectors_read(vectors_arena,
	    vectors_load(vectors_arena, "good", "C-09-server-and-client"),
	    &mail, &csr));
}

/* The reason for a vector, as the client reads it under this profile. */
static const char *
told(const char *kind, const char *name, const struct profile *profile)
{
	struct csr *csr = NULL;
	const char *reason = vectors_read(vectors_arena,
	    vectors_load(vectors_arena, kind, name), profile, &csr);

	assert_non_null(reason);
	assert_non_null(csr);
	return csr_advise(vectors_arena, csr, profile, reason);
}

/* What a hint names is taken: no P-521, no 2048 bits, where they are not. */
static void
C_11_a_hint_is_what_the_profile_takes(void **state)
{
	struct profile p = profile_person();
	struct csr *csr = vectors_good(vectors_arena, "p256");

	(void)state;
	assert_string_equal(told("bad", "S-09-curve-p192", &p),
	    "The EC key must name its curve, and one of those that are "
	    "accepted here. Use P-256, P-384, RSA of 2048 to 4096 bits or "
	    "Ed25519.");
	assert_string_equal(told("good", "p521", &p),
	    "Keys of this type are not accepted here. Use P-256, P-384, RSA of "
	    "2048 to 4096 bits or Ed25519.");
	p.keys = (struct keys_rule){ KEYS_RSA, 3072, 3072 };
	assert_string_equal(told("good", "rsa2048-sha256", &p),
	    "RSA keys of this size are not accepted here. Use RSA of 3072 "
	    "bits.");
	p.keys.kinds = KEYS_P521;
	assert_string_equal(told("bad", "S-10-dsa", &p),
	    "Keys of this type are not accepted here. Use P-521.");
	p = profile_person();
	p.key_usage = PROFILE_KU_NON_REPUDIATION;
	assert_non_null(strstr(told("good", "usage-signature", &p),
	    "Ask for nonRepudiation, or leave it out."));
	p.extended_key_usage = PROFILE_EKU_EMAIL_PROTECTION;
	assert_non_null(strstr(told("bad", "C-09-server", &p),
	    "Ask for emailProtection, or leave it out."));
	/* Others are as they were. */
	assert_string_equal(
	    csr_advise(vectors_arena, csr, &p, "Other."), "Other.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(C_01_C_02_C_07_parameters_that_say_nothing),
		cmocka_unit_test(C_03_a_default_may_be_written_out),
		cmocka_unit_test(C_04_the_order_of_a_set_means_nothing),
		cmocka_unit_test(C_06_a_name_is_a_set_too),
		cmocka_unit_test(C_07_an_RSA_key_has_its_NULL),
		cmocka_unit_test(C_08_a_challenge_left_empty_is_none),
		cmocka_unit_test(C_09_usages_of_which_none_is_certified),
		cmocka_unit_test(C_10_EST_155_one_list_of_extensions),
		cmocka_unit_test(C_11_a_hint_is_what_the_profile_takes),
	};

	return cmocka_run_group_tests(tests, vectors_begin, vectors_end);
}
