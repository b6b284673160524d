/* FAKES: clock */
/* The certificates that come out, as OpenSSL reads them. */
#include "pki/tbs.h"

#include "base/clock.h"
#include "tests/lib/made_certificate.h"
#include "tests/lib/test.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
subject_of(X509 *x)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text, *copy;
	long len;

	X509_NAME_print_ex(b, X509_get_subject_name(x), 0,
	    XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	len = BIO_get_mem_data(b, &text);
	copy = strndup(text, (size_t)len);
	BIO_free(b);
	return copy;
}

static time_t
time_of(const ASN1_TIME *t)
{
	struct tm tm;

	assert_int_equal(ASN1_TIME_to_tm(t, &tm), 1);
	return timegm(&tm);
}

static void
R_CERT_1_valid_366_days_with_the_day_of_issue(void **state)
{
	struct made m;

	(void)state;
	made_issue(&m, EVP_EC_gen("P-256"));
	assert_int_equal(time_of(X509_get0_notBefore(m.x)), MADE_AT);
	assert_int_equal(time_of(X509_get0_notAfter(m.x)), MADE_LAST_SECOND);
	assert_int_equal(m.order.not_before, MADE_AT);
	assert_int_equal(m.order.not_after, MADE_LAST_SECOND);
	made_free(&m);
}

static void
R_CERT_7_subject_from_profile_and_account(void **state)
{
	struct made m;
	char *text;

	(void)state;
	made_profile.subject_count = 2;
	made_profile.subject[0].attribute = PROFILE_ATTRIBUTE_C;
	snprintf(made_profile.subject[0].value,
	    sizeof(made_profile.subject[0].value), "JP");
	made_profile.subject[1].attribute = PROFILE_ATTRIBUTE_O;
	snprintf(made_profile.subject[1].value,
	    sizeof(made_profile.subject[1].value), "Bank, \"A\"+B {name}");
	made_issue(&m, EVP_EC_gen("P-256"));
	text = subject_of(m.x);
	assert_string_equal(text, m.order.subject);
	assert_string_equal(m.order.subject,
	    "CN=sample001 20220525183906,O=Bank\\, \\\"A\\\"\\+B "
	    "\xe6\x9b\xb4\xe6\x96\xb0,C=JP");
	free(text);
	assert_int_equal(X509_NAME_ENTRY_get_data(
			     X509_NAME_get_entry(X509_get_subject_name(m.x), 0))
			     ->type,
	    V_ASN1_PRINTABLESTRING);
	assert_int_equal(X509_NAME_ENTRY_get_data(
			     X509_NAME_get_entry(X509_get_subject_name(m.x), 1))
			     ->type,
	    V_ASN1_UTF8STRING);
	made_free(&m);
}

static void
EST_192_verifies_strictly_up_to_the_root(void **state)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	struct made m;

	(void)state;
	made_issue(&m, EVP_EC_gen("P-256"));
	X509_STORE_add_cert(store, made_ca->chain[0]);
	sk_X509_push(between, made_ca->certificate);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, m.x, between), 1);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT);
	X509_STORE_CTX_set_time(ctx, 0, MADE_AT + 60);
	if (X509_verify_cert(ctx) != 1)
		fail_msg("%s", X509_verify_cert_error_string(
				   X509_STORE_CTX_get_error(ctx)));
	sk_X509_free(between);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	made_free(&m);
}

static void
EST_192_extensions_of_a_person(void **state)
{
	struct made m;
	int critical;

	(void)state;
	made_issue(&m, EVP_EC_gen("P-256"));
	assert_int_equal(X509_get_version(m.x), 2);
	assert_int_equal(X509_get_ext_count(m.x), 6);
	assert_int_equal(X509_get_key_usage(m.x), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_extended_key_usage(m.x), XKU_SSL_CLIENT);
	assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(m.x),
			     X509_get0_subject_key_id(made_ca->certificate)),
	    0);
	ASN1_BIT_STRING_free(
	    X509_get_ext_d2i(m.x, NID_key_usage, &critical, NULL));
	assert_int_equal(critical, 1);
	assert_int_equal(
	    X509_get_ext_by_NID(m.x, NID_basic_constraints, -1), -1);
	assert_int_equal(X509_NAME_cmp(X509_get_issuer_name(m.x),
			     X509_get_subject_name(made_ca->certificate)),
	    0);
	made_free(&m);
}

static void
EST_192_rsa_keys_may_encipher(void **state)
{
	struct made m;

	(void)state;
	made_issue(&m, EVP_RSA_gen(2048));
	assert_int_equal(X509_get_key_usage(m.x),
	    KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
	made_free(&m);
}

static void
EST_192_address_where_the_profile_says_so(void **state)
{
	GENERAL_NAMES *names;
	struct made m;

	(void)state;
	made_profile.san_email = true;
	made_profile.extended_key_usage |= PROFILE_EKU_EMAIL_PROTECTION;
	made_issue(&m, EVP_EC_gen("P-384"));
	names = X509_get_ext_d2i(m.x, NID_subject_alt_name, NULL, NULL);
	assert_int_equal(sk_GENERAL_NAME_num(names), 1);
	assert_int_equal(sk_GENERAL_NAME_value(names, 0)->type, GEN_EMAIL);
	assert_memory_equal(ASN1_STRING_get0_data(
				sk_GENERAL_NAME_value(names, 0)->d.rfc822Name),
	    made_account.email, strlen(made_account.email));
	GENERAL_NAMES_free(names);
	assert_int_equal(
	    X509_get_extended_key_usage(m.x), XKU_SSL_CLIENT | XKU_SMIME);
	made_free(&m);
}

static void
EST_192_serials_are_positive_random_and_20_octets(void **state)
{
	struct serial a, b;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		a = tbs_serial();
		b = tbs_serial();
		assert_in_range(a.bytes[0], 1, 0x7f);
		assert_false(serial_equal(&a, &b));
	}
}

static void
F_81_never_beyond_the_ca(void **state)
{
	struct made m;

	(void)state;
	made_profile.validity_days = 3660;
	made_order(&m, EVP_EC_gen("P-256"));
	assert_non_null(strstr(tbs_build(&m.order, &m.tbs), "outlive"));
	made_free(&m);
}

static void
no_key_usage_left_is_no_certificate(void **state)
{
	struct made m;

	(void)state;
	made_profile.key_usage = PROFILE_KU_KEY_ENCIPHERMENT;
	made_order(&m, EVP_EC_gen("P-256"));
	assert_non_null(strstr(tbs_build(&m.order, &m.tbs), "keyUsage"));
	made_free(&m);
}

#define T(name) cmocka_unit_test_setup(name, made_begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(R_CERT_1_valid_366_days_with_the_day_of_issue),
		T(R_CERT_7_subject_from_profile_and_account),
		T(EST_192_verifies_strictly_up_to_the_root),
		T(EST_192_extensions_of_a_person),
		T(EST_192_rsa_keys_may_encipher),
		T(EST_192_address_where_the_profile_says_so),
		T(EST_192_serials_are_positive_random_and_20_octets),
		T(F_81_never_beyond_the_ca),
		T(no_key_usage_left_is_no_certificate),
	};

	return cmocka_run_group_tests(tests, made_begin_group, made_end_group);
}
