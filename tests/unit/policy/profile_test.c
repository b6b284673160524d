#include "policy/profile.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

static void
R_CERT_defaults_of_a_person(void **state)
{
	struct profile p = profile_person();

	(void)state;
	assert_string_equal(p.name, "person");
	assert_int_equal(p.holder, PROFILE_HOLDER_PERSON);
	assert_int_equal(p.renewal, PROFILE_RENEWAL_FULL);
	assert_int_equal(p.validity_days, 366);
	assert_int_equal(p.renewal_days, 30);
	assert_string_equal(p.common_name, "{user_id} {issued_at}");
	assert_int_equal(p.subject_count, 0);
	assert_false(p.san_email);
	assert_int_equal(p.key_usage,
	    PROFILE_KU_DIGITAL_SIGNATURE | PROFILE_KU_KEY_ENCIPHERMENT);
	assert_int_equal(p.extended_key_usage, PROFILE_EKU_CLIENT_AUTH);
	assert_int_equal(
	    p.keys.kinds, KEYS_RSA | KEYS_P256 | KEYS_P384 | KEYS_ED25519);
	assert_int_equal(p.keys.rsa_min_bits, 2048);
	assert_int_equal(p.keys.rsa_max_bits, 4096);
	assert_false(p.new_key);
	assert_false(p.binding_required);
	assert_false(p.master_revokes);
	assert_false(p.holder_revokes);
	assert_false(p.person_without_password);
}

static void
R_CERT_10_defaults_of_a_device(void **state)
{
	struct profile p = profile_device();

	(void)state;
	assert_string_equal(p.name, "device");
	assert_int_equal(p.holder, PROFILE_HOLDER_DEVICE);
	assert_int_equal(p.renewal, PROFILE_RENEWAL_CERTIFICATE);
	assert_int_equal(p.validity_days, 366);
	assert_int_equal(p.renewal_days, 30);
	assert_string_equal(p.common_name, "{user_id}");
}

static void
R_OPS_1_an_operator_never_renews_by_certificate_alone(void **state)
{
	struct profile p = profile_operator();
	const char *key;

	(void)state;
	assert_string_equal(p.name, "operator");
	assert_int_equal(p.holder, PROFILE_HOLDER_OPERATOR);
	assert_int_equal(p.renewal, PROFILE_RENEWAL_FULL);
	assert_null(profile_check(&p, &key));
	p.renewal = PROFILE_RENEWAL_CERTIFICATE;
	p.person_without_password = true;
	assert_non_null(profile_check(&p, &key));
	assert_string_equal(key, "renewal");
}

static void
defaults_are_good(void **state)
{
	struct profile person = profile_person(), device = profile_device();
	const char *key;

	(void)state;
	assert_null(profile_check(&person, &key));
	assert_null(profile_check(&device, &key));
}

static void
expect_fault(const struct profile *p, const char *expected)
{
	const char *key = NULL;
	const char *wrong = profile_check(p, &key);

	if (wrong == NULL)
		fail_msg("taken, but %s is wrong", expected);
	assert_string_equal(key, expected);
}

static void
EST_064_EST_292_label_never_hides_an_operation(void **state)
{
	/* As RFC 7030 3.2.2 and RFC 8295 1 have them. */
	static const char *const bad[] = { "", ".", "..", "cacerts",
		"simpleenroll", "simplereenroll", "csrattrs", "serverkeygen",
		"fullcmc", "pal", "eecerts", "crls", "symmetrickeys",
		"firmware", "tamp", "return", "a/b", "a b", "a%62",
		"caf\xc3\xa9" };
	static const char *const good[] = { "a", "person", "CaCerts", "a.b",
		"A-Z_0~9", "..." };
	struct profile p = profile_person();
	const char *key;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(p.name, sizeof(p.name), "%s", bad[i]);
		expect_fault(&p, "name");
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(p.name, sizeof(p.name), "%s", good[i]);
		assert_null(profile_check(&p, &key));
	}
	memset(p.name, 'a', PROFILE_NAME_MAX);
	p.name[PROFILE_NAME_MAX] = '\0';
	assert_null(profile_check(&p, &key));
}

static void
R_CERT_1_and_3_days_have_bounds(void **state)
{
	struct profile p = profile_person();
	const char *key;

	(void)state;
	p.renewal_days = 0;
	p.validity_days = 0;
	expect_fault(&p, "validity_days");
	p.validity_days = 1;
	assert_null(profile_check(&p, &key));
	p.validity_days = 3650;
	assert_null(profile_check(&p, &key));
	p.validity_days = 3651;
	expect_fault(&p, "validity_days");
	p.validity_days = 30;
	p.renewal_days = 29;
	assert_null(profile_check(&p, &key));
	p.renewal_days = 30;
	expect_fault(&p, "renewal_days");
}

static void
R_CERT_7_each_part_of_the_subject_is_checked(void **state)
{
	struct profile p = profile_person();
	const char *key;

	(void)state;
	p.subject[0] = (struct profile_rdn){ PROFILE_ATTRIBUTE_C, "JP" };
	p.subject[1] = (struct profile_rdn){ PROFILE_ATTRIBUTE_O, "Bank" };
	p.subject_count = 2;
	assert_null(profile_check(&p, &key));
	p.subject[1].value[0] = '{';
	expect_fault(&p, "subject");
	p.subject_count = 1;
	assert_null(profile_check(&p, &key));
	for (size_t i = 1; i < PROFILE_SUBJECT_MAX; i++)
		p.subject[i] =
		    (struct profile_rdn){ PROFILE_ATTRIBUTE_OU, "x" };
	p.subject_count = PROFILE_SUBJECT_MAX;
	assert_null(profile_check(&p, &key));
	p.subject_count = PROFILE_SUBJECT_MAX + 1;
	expect_fault(&p, "subject");
	p = profile_person();
	p.common_name[0] = '\0';
	expect_fault(&p, "common_name");
}

static void
usages_fit_client_authentication(void **state)
{
	struct profile p = profile_person();
	const char *key;

	(void)state;
	p.key_usage = PROFILE_KU_KEY_ENCIPHERMENT;
	expect_fault(&p, "key_usage");
	p.key_usage = PROFILE_KU_DIGITAL_SIGNATURE | 1U << 9;
	expect_fault(&p, "key_usage");
	p.key_usage = PROFILE_KU_DIGITAL_SIGNATURE | PROFILE_KU_NON_REPUDIATION;
	assert_null(profile_check(&p, &key));
	p.extended_key_usage = PROFILE_EKU_EMAIL_PROTECTION;
	expect_fault(&p, "extended_key_usage");
	p.extended_key_usage = PROFILE_EKU_CLIENT_AUTH | 1U << 9;
	expect_fault(&p, "extended_key_usage");
}

static void
EST_153_key_rules_have_bounds(void **state)
{
	struct profile p = profile_person();
	const char *key;

	(void)state;
	p.keys.rsa_min_bits = 2040;
	expect_fault(&p, "keys");
	p.keys.rsa_min_bits = 4096;
	assert_null(profile_check(&p, &key));
	p.keys.rsa_min_bits = 4097;
	expect_fault(&p, "keys");
	p.keys.rsa_max_bits = 16392;
	expect_fault(&p, "keys");
	p.keys.rsa_max_bits = 16384;
	assert_null(profile_check(&p, &key));
	p.keys.kinds = 0;
	expect_fault(&p, "keys");
	p.keys.kinds = 1U << 9;
	expect_fault(&p, "keys");
	/* RSA bounds mean nothing where RSA is not taken. */
	p.keys = (struct keys_rule){ .kinds = KEYS_P256 };
	assert_null(profile_check(&p, &key));
}

static void
C_25_R_CERT_11_a_person_without_password_is_no_oversight(void **state)
{
	struct profile p = profile_person(), device = profile_device();
	const char *key;

	(void)state;
	assert_null(profile_check(&device, &key));
	p.renewal = PROFILE_RENEWAL_CERTIFICATE;
	assert_non_null(profile_check(&p, &key));
	assert_string_equal(key, "renewal");
	p.person_without_password = true;
	assert_null(profile_check(&p, &key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    C_25_R_CERT_11_a_person_without_password_is_no_oversight),
		cmocka_unit_test(R_CERT_defaults_of_a_person),
		cmocka_unit_test(R_CERT_10_defaults_of_a_device),
		cmocka_unit_test(
		    R_OPS_1_an_operator_never_renews_by_certificate_alone),
		cmocka_unit_test(defaults_are_good),
		cmocka_unit_test(
		    EST_064_EST_292_label_never_hides_an_operation),
		cmocka_unit_test(R_CERT_1_and_3_days_have_bounds),
		cmocka_unit_test(R_CERT_7_each_part_of_the_subject_is_checked),
		cmocka_unit_test(usages_fit_client_authentication),
		cmocka_unit_test(EST_153_key_rules_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
