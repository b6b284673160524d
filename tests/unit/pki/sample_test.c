/* FAKES: clock */
/* Samples of profiles: what is wrong shows before anybody asks. */
#include "pki/sample.h"

#include "tests/lib/made_certificate.h"
#include "tests/lib/test.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static bool
sample(struct fault *why)
{
	struct sample s;

	if (!sample_make(
		made_ca, &made_config, &made_profile, NULL, MADE_AT, &s, why))
		return false;
	assert_int_equal(s.not_before, MADE_AT);
	sample_free(&s);
	return true;
}

static void
each_profile_of_the_service_gives_one(void **state)
{
	const struct profile all[] = { profile_person(), profile_device(),
		profile_operator() };
	struct fault why;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		made_profile = all[i];
		if (!sample(&why))
			fail_msg("%s: %s", all[i].name, why.text);
	}
}

static void
each_kind_of_key_gives_one(void **state)
{
	const unsigned kinds[] = { KEYS_RSA, KEYS_P256, KEYS_P384, KEYS_P521,
		KEYS_ED25519 };
	struct fault why;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		made_profile.keys.kinds = kinds[i];
		if (!sample(&why))
			fail_msg("%u: %s", kinds[i], why.text);
	}
}

/* Only the key of the CA makes a certificate. */
static void
I_1_nobody_has_signed_it(void **state)
{
	struct sample s;
	const unsigned char *at;
	struct fault why;
	X509 *x;

	(void)state;
	assert_true(sample_make(made_ca, &made_config, &made_profile,
	    &made_account, MADE_AT, &s, &why));
	at = (unsigned char *)s.certificate.at;
	x = d2i_X509(NULL, &at, (long)s.certificate.used);
	assert_non_null(x);
	assert_int_not_equal(
	    X509_verify(x, X509_get0_pubkey(made_ca->certificate)), 1);
	X509_free(x);
	sample_free(&s);
}

static void
a_usage_that_the_key_has_not_is_told(void **state)
{
	struct fault why;

	(void)state;
	made_profile.key_usage = PROFILE_KU_KEY_ENCIPHERMENT;
	made_profile.keys.kinds = KEYS_P256;
	assert_false(sample(&why));
	assert_non_null(strstr(why.text, "keyUsage"));
}

static void
F_81_one_that_would_outlive_the_ca_is_told(void **state)
{
	struct fault why;

	(void)state;
	made_profile.validity_days = 36500;
	assert_false(sample(&why));
	assert_non_null(strstr(why.text, "outlive"));
}

/* ------------------------------------------- what the CA's own says of it */

/* The issuing CA's certificate with one extension more. */
static X509 *
with_extension(int nid, const char *value)
{
	X509 *whole = made_ca->certificate;
	X509 *changed = X509_dup(whole);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	EVP_PKEY *root = made_root_key();

	assert_true(changed != NULL && e != NULL);
	assert_int_equal(X509_add_ext(changed, e, -1), 1);
	assert_true(X509_sign(changed, root, EVP_sha256()) > 0);
	EVP_PKEY_free(root);
	X509_EXTENSION_free(e);
	made_ca->certificate = changed;
	return whole;
}

static bool
sample_by(int nid, const char *value, struct fault *why)
{
	X509 *before = with_extension(nid, value);
	bool good = sample(why);

	X509_free(made_ca->certificate);
	made_ca->certificate = before;
	return good;
}

static void
a_ca_that_may_not_issue_for_clients_is_told(void **state)
{
	struct fault why;

	(void)state;
	assert_false(sample_by(NID_ext_key_usage, "serverAuth", &why));
	assert_non_null(strstr(why.text, "purpose"));
	assert_true(
	    sample_by(NID_ext_key_usage, "clientAuth,emailProtection", &why));
}

static void
a_name_that_the_ca_may_not_give_is_told(void **state)
{
	struct fault why;

	(void)state;
	made_profile.san_email = true;
	assert_false(sample_by(
	    NID_name_constraints, "critical,excluded;email:example.jp", &why));
	assert_non_null(strstr(why.text, "excluded subtree"));
}

/* Every holder will have one of these addresses. */
static void
a_ca_for_some_addresses_alone_gives_one(void **state)
{
	const char *const permitted[] = { "bank.example", ".bank.example",
		"desk@bank.example" };
	struct fault why;
	char value[80];

	(void)state;
	made_profile.san_email = true;
	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++) {
		snprintf(value, sizeof(value), "critical,permitted;email:%s",
		    permitted[i]);
		if (!sample_by(NID_name_constraints, value, &why))
			fail_msg("%s: %s", permitted[i], why.text);
	}
}

#define T(name) cmocka_unit_test_setup(name, made_begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_profile_of_the_service_gives_one),
		T(each_kind_of_key_gives_one),
		T(I_1_nobody_has_signed_it),
		T(a_usage_that_the_key_has_not_is_told),
		T(F_81_one_that_would_outlive_the_ca_is_told),
		T(a_ca_that_may_not_issue_for_clients_is_told),
		T(a_name_that_the_ca_may_not_give_is_told),
		T(a_ca_for_some_addresses_alone_gives_one),
	};

	return cmocka_run_group_tests(tests, made_begin_group, made_end_group);
}
