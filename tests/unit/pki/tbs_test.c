/* FAKES: clock */
/* The certificates that come out, as OpenSSL reads them. */
#include "pki/tbs.h"

#include "base/clock.h"
#include "pki/key.h"
#include "tests/lib/authority.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/new_ca.h"
#include "tests/lib/test.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 2022-05-25 18:39:06 in Tokyo, the example of R-CERT-1 and R-CERT-7. */
#define ISSUED_AT 1653471546
#define LAST_SECOND 1685026799 /* 2023-05-25 23:59:59 in Tokyo */

static char *folder;
static struct config_ca config;
static struct ca *ca;
static struct profile profile;
static struct facts_account account;

static int
begin_group(void **state)
{
	struct fault why;

	(void)state;
	fake_clock_set_ms(ISSUED_AT * INT64_C(1000));
	assert_true(clock_zone("Asia/Tokyo"));
	folder = authority_folder();
	if (!new_ca(folder, &why))
		fail_msg("%s", why.text);
	config = (struct config_ca){
		.certificate = authority_path(folder, "ca/issuing.pem"),
		.chain = authority_path(folder, "ca/root.pem"),
		.key = authority_path(folder, "ca/issuing.key"),
		.crl_url = strdup("http://ca.example/ca.crl"),
		.issuer_url = strdup("http://ca.example/ca.cer"),
		.ocsp_url = strdup("http://ca.example/ocsp"),
	};
	ca = ca_open(&config, &why);
	if (ca == NULL || !ca_open_key(ca, &config, &why))
		fail_msg("%s", why.text);
	return 0;
}

static int
end_group(void **state)
{
	(void)state;
	ca_free(ca);
	free(config.certificate);
	free(config.chain);
	free(config.key);
	free(config.crl_url);
	free(config.issuer_url);
	free(config.ocsp_url);
	authority_remove(folder);
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	profile = profile_person();
	account = (struct facts_account){
		.id = 1,
		.version = 1,
		.user_id = "sample001",
		.contract = "12345678",
		.name = "\xe6\x9b\xb4\xe6\x96\xb0",
		.email = "sample001@example.com",
	};
	return 0;
}

/* An order and what becomes of it. */
struct made {
	struct tbs_order order;
	struct buf tbs, whole;
	unsigned char *spki;
	X509 *x;
};

static struct der
whole_of(const struct made *m)
{
	return (struct der){ (unsigned char *)m->whole.at, m->whole.used };
}

static void
order(struct made *m, EVP_PKEY *key)
{
	struct keys_facts facts;
	struct der spki;
	int len;

	memset(m, 0, sizeof(*m));
	len = i2d_PUBKEY(key, &m->spki);
	assert_true(len > 0);
	spki = (struct der){ m->spki, (size_t)len };
	assert_null(key_read(&spki, &facts, NULL));
	EVP_PKEY_free(key);
	m->order = (struct tbs_order){
		.ca = ca,
		.urls = &config,
		.profile = &profile,
		.account = &account,
		.spki = spki,
		.kind = facts.kind,
		.now = ISSUED_AT,
	};
	m->order.serial = tbs_serial();
	buf_init(&m->tbs, 4096);
	buf_init(&m->whole, 4096);
}

static void
made_free(struct made *m)
{
	X509_free(m->x);
	OPENSSL_free(m->spki);
	buf_free(&m->tbs);
	buf_free(&m->whole);
}

static void
sign_order(struct made *m)
{
	unsigned char signature[CA_SIGNATURE_MAX];
	const unsigned char *at;
	const char *reason;
	struct der der;
	size_t len;

	reason = tbs_build(&m->order, &m->tbs);
	if (reason != NULL)
		fail_msg("%s", reason);
	assert_true(ca_sign(ca, m->tbs.at, m->tbs.used, signature, &len));
	assert_true(tbs_finish(ca, &m->tbs, signature, len, &m->whole));
	der = whole_of(m);
	reason = tbs_check(&m->order, &der);
	if (reason != NULL)
		fail_msg("%s", reason);
	at = der.at;
	m->x = d2i_X509(NULL, &at, (long)der.len);
	assert_true(m->x != NULL && at == der.at + der.len);
}

static void
issue(struct made *m, EVP_PKEY *key)
{
	order(m, key);
	sign_order(m);
}

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
	issue(&m, EVP_EC_gen("P-256"));
	assert_int_equal(time_of(X509_get0_notBefore(m.x)), ISSUED_AT);
	assert_int_equal(time_of(X509_get0_notAfter(m.x)), LAST_SECOND);
	assert_int_equal(m.order.not_before, ISSUED_AT);
	assert_int_equal(m.order.not_after, LAST_SECOND);
	made_free(&m);
}

static void
R_CERT_7_subject_from_profile_and_account(void **state)
{
	struct made m;
	char *text;

	(void)state;
	profile.subject_count = 2;
	profile.subject[0].attribute = PROFILE_ATTRIBUTE_C;
	snprintf(
	    profile.subject[0].value, sizeof(profile.subject[0].value), "JP");
	profile.subject[1].attribute = PROFILE_ATTRIBUTE_O;
	snprintf(profile.subject[1].value, sizeof(profile.subject[1].value),
	    "Bank, \"A\"+B {name}");
	issue(&m, EVP_EC_gen("P-256"));
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
	issue(&m, EVP_EC_gen("P-256"));
	X509_STORE_add_cert(store, ca->chain[0]);
	sk_X509_push(between, ca->certificate);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, m.x, between), 1);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT);
	X509_STORE_CTX_set_time(ctx, 0, ISSUED_AT + 60);
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
	issue(&m, EVP_EC_gen("P-256"));
	assert_int_equal(X509_get_version(m.x), 2);
	assert_int_equal(X509_get_ext_count(m.x), 6);
	assert_int_equal(X509_get_key_usage(m.x), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_extended_key_usage(m.x), XKU_SSL_CLIENT);
	assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(m.x),
			     X509_get0_subject_key_id(ca->certificate)),
	    0);
	ASN1_BIT_STRING_free(
	    X509_get_ext_d2i(m.x, NID_key_usage, &critical, NULL));
	assert_int_equal(critical, 1);
	assert_int_equal(
	    X509_get_ext_by_NID(m.x, NID_basic_constraints, -1), -1);
	assert_int_equal(X509_NAME_cmp(X509_get_issuer_name(m.x),
			     X509_get_subject_name(ca->certificate)),
	    0);
	made_free(&m);
}

static void
EST_192_rsa_keys_may_encipher(void **state)
{
	struct made m;

	(void)state;
	issue(&m, EVP_RSA_gen(2048));
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
	profile.san_email = true;
	profile.extended_key_usage |= PROFILE_EKU_EMAIL_PROTECTION;
	issue(&m, EVP_EC_gen("P-384"));
	names = X509_get_ext_d2i(m.x, NID_subject_alt_name, NULL, NULL);
	assert_int_equal(sk_GENERAL_NAME_num(names), 1);
	assert_int_equal(sk_GENERAL_NAME_value(names, 0)->type, GEN_EMAIL);
	assert_memory_equal(ASN1_STRING_get0_data(
				sk_GENERAL_NAME_value(names, 0)->d.rfc822Name),
	    account.email, strlen(account.email));
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
	profile.validity_days = 3660;
	order(&m, EVP_EC_gen("P-256"));
	assert_non_null(strstr(tbs_build(&m.order, &m.tbs), "outlive"));
	made_free(&m);
}

static void
no_key_usage_left_is_no_certificate(void **state)
{
	struct made m;

	(void)state;
	profile.key_usage = PROFILE_KU_KEY_ENCIPHERMENT;
	order(&m, EVP_EC_gen("P-256"));
	assert_non_null(strstr(tbs_build(&m.order, &m.tbs), "keyUsage"));
	made_free(&m);
}

static void
S_23_K9_finds_what_is_not_as_ordered(void **state)
{
	struct made m, other;
	struct der der;
	struct serial its;
	unsigned char *serial;

	(void)state;
	issue(&m, EVP_EC_gen("P-256"));
	issue(&other, EVP_EC_gen("P-256"));
	der = whole_of(&other);
	assert_non_null(tbs_check(&m.order, &der)); /* another serial */
	der = whole_of(&m);
	m.order.now++;
	assert_non_null(strstr(tbs_check(&m.order, &der), "dates"));
	m.order.now--;
	profile.validity_days--;
	assert_non_null(strstr(tbs_check(&m.order, &der), "dates"));
	profile.validity_days++;
	profile.san_email = true;
	assert_non_null(strstr(tbs_check(&m.order, &der), "extensions"));
	profile.san_email = false;
	its = m.order.serial;
	m.order.serial.bytes[0] ^= 0x80;
	assert_non_null(strstr(tbs_check(&m.order, &der), "serial"));
	/* Ordered or not, a number below zero is none. */
	serial = memmem(der.at, der.len, its.bytes, sizeof(its.bytes));
	assert_non_null(serial);
	serial[0] ^= 0x80;
	assert_non_null(strstr(tbs_check(&m.order, &der), "serial"));
	serial[0] ^= 0x80;
	m.order.serial.bytes[0] ^= 0x80;
	m.order.spki = other.order.spki;
	assert_non_null(strstr(tbs_check(&m.order, &der), "public key"));
	der.len--;
	assert_non_null(tbs_check(&m.order, &der));
	made_free(&m);
	made_free(&other);
}

/*
 * Two ways to the last second of a year: where they did not meet, the issuer
 * would halt. In these zones midnight is skipped or comes twice.
 */
static void
R_CERT_1_K9_dates_agree_on_every_day(void **state)
{
	static const char *const zones[] = { "Asia/Tokyo", "Africa/Cairo",
		"Asia/Beirut", "America/Asuncion", "America/New_York" };
	EVP_PKEY *key = EVP_EC_gen("P-256");

	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++) {
		assert_true(clock_zone(zones[i]));
		for (int day = 0; day < 400; day++) {
			struct made m;

			assert_true(EVP_PKEY_up_ref(key));
			order(&m, key);
			m.order.now += day * 86400 + day % 24 * 3600;
			sign_order(&m);
			made_free(&m);
		}
	}
	assert_true(clock_zone("Asia/Tokyo"));
	EVP_PKEY_free(key);
}

/* The certificate stays, the order becomes another: it is not as ordered. */
static void
refused_for(const struct made *m, const char *word)
{
	struct der der = whole_of(m);
	const char *reason = tbs_check(&m->order, &der);

	if (reason == NULL || strstr(reason, word) == NULL)
		fail_msg("%s, not %s", reason == NULL ? "taken" : reason, word);
}

#define CHANGED(what, to, word)                                                \
	do {                                                                   \
		__typeof__(what) *at = &(what), was = *at;                     \
		*at = (to);                                                    \
		refused_for(&m, word);                                         \
		*at = was;                                                     \
	} while (0)

/* One that has all that a profile can ask for. */
static void
ask_for_all(void)
{
	profile.san_email = true;
	profile.extended_key_usage |= PROFILE_EKU_EMAIL_PROTECTION;
	profile.subject_count = 2;
	profile.subject[0] = (struct profile_rdn){ PROFILE_ATTRIBUTE_C, "JP" };
	profile.subject[1] = (struct profile_rdn){ PROFILE_ATTRIBUTE_O,
		"Bank {contract} {name}" };
}

static void
S_23_K9_every_value_is_that_of_the_profile(void **state)
{
	struct made m;
	struct der der;

	(void)state;
	ask_for_all();
	issue(&m, EVP_RSA_gen(2048));

	CHANGED(profile.key_usage, PROFILE_KU_DIGITAL_SIGNATURE, "extensions");
	CHANGED(profile.key_usage,
	    profile.key_usage | PROFILE_KU_NON_REPUDIATION, "extensions");
	CHANGED(
	    profile.extended_key_usage, PROFILE_EKU_CLIENT_AUTH, "extensions");
	CHANGED(profile.extended_key_usage, PROFILE_EKU_EMAIL_PROTECTION,
	    "extensions");
	CHANGED(account.email[0], 'x', "extensions");
	CHANGED(account.email[strlen(account.email) - 1], '\0', "extensions");
	CHANGED(config.crl_url, (char *)"http://ca.example/other.crl",
	    "extensions");
	CHANGED(
	    config.issuer_url, (char *)"http://ca.example/ca.ce", "extensions");
	CHANGED(
	    config.ocsp_url, (char *)"http://ca.example/ca.cer", "extensions");
	CHANGED(config.ocsp_url, NULL, "extensions");

	CHANGED(account.user_id[0], 'S', "subject");
	CHANGED(account.user_id[8], '\0', "subject");
	CHANGED(account.contract[0], '9', "subject");
	CHANGED(account.name[0], '\0', "subject");
	CHANGED(profile.common_name[0], 'x', "subject");
	CHANGED(profile.subject_count, 1, "subject");
	CHANGED(profile.subject_count, 0, "subject");
	CHANGED(profile.subject[0].attribute, PROFILE_ATTRIBUTE_L, "subject");
	CHANGED(profile.subject[0].value[0], 'K', "subject");
	CHANGED(profile.subject[1].value[0], 'T', "subject");
	CHANGED(ca->not_after, LAST_SECOND - 1, "dates");

	der = whole_of(&m);
	assert_null(tbs_check(&m.order, &der));
	made_free(&m);
}

/* Up to the bits of the signature, which says of itself whether it is one. */
static size_t
signed_bytes(const struct der *whole)
{
	struct der rest = *whole, all, skip, signature;

	assert_true(der_take(&rest, DER_SEQUENCE, &all));
	assert_true(der_take(&all, DER_SEQUENCE, &skip));
	assert_true(der_take(&all, DER_SEQUENCE, &skip));
	assert_true(der_take_bits(&all, &signature));
	return (size_t)(signature.at - whole->at);
}

/* What stands in it is all as ordered: key identifiers and what nobody has
 * thought of, too. */
static void
S_23_K9_no_bit_may_be_another(void **state)
{
	(void)state;
	ask_for_all();
	for (int rsa = 0; rsa < 2; rsa++) {
		struct made m;
		struct der der;
		size_t bits;

		issue(&m, rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
		der = whole_of(&m);
		bits = signed_bytes(&der) * 8;
		for (size_t bit = 0; bit < bits; bit++) {
			m.whole.at[bit / 8] ^= (char)(1 << bit % 8);
			if (tbs_check(&m.order, &der) == NULL)
				fail_msg("bit %zu is taken", bit);
			m.whole.at[bit / 8] ^= (char)(1 << bit % 8);
		}
		assert_null(tbs_check(&m.order, &der));
		made_free(&m);
	}
}

enum edit {
	AS_IT_IS,
	LEFT_OUT,
	TWICE,
	CRITICAL, /* or not, where it is */
	STRANGE,  /* another one behind it */
	EDITS
};

static void
put_other_critical(struct buf *b, struct der e)
{
	static const unsigned char critical[] = { DER_BOOLEAN, 1, 0xff };
	size_t mark = der_open(b, DER_SEQUENCE);
	struct der content, part;
	int tag;

	assert_true(der_take(&e, DER_SEQUENCE, &content));
	assert_true(der_take_any(&content, &tag, &e, &part));
	der_raw(b, part.at, part.len);
	if (der_peek(&content) == DER_BOOLEAN)
		assert_true(der_take(&content, DER_BOOLEAN, &part));
	else
		der_raw(b, critical, sizeof(critical));
	der_raw(b, content.at, content.len);
	der_close(b, mark);
}

static void
put_extension(struct buf *b, struct der e, enum edit edit)
{
	static const unsigned char strange[] = { DER_SEQUENCE, 10, DER_OID, 3,
		0x55, 0x1d, 0x63, DER_OCTET_STRING, 3, DER_OCTET_STRING, 1, 0 };

	if (edit == CRITICAL)
		put_other_critical(b, e);
	else if (edit != LEFT_OUT)
		der_raw(b, e.at, e.len);
	if (edit == TWICE)
		der_raw(b, e.at, e.len);
	if (edit == STRANGE)
		der_raw(b, strange, sizeof(strange));
}

/* The same certificate, but for its n-th extension; how many it has. */
static int
edited(const struct der *whole, int which, enum edit edit, struct buf *b)
{
	struct der rest = *whole, all, tbs, content, element;
	size_t marks[4];
	int tag, n = 0;

	assert_true(der_take(&rest, DER_SEQUENCE, &all));
	assert_true(der_take(&all, DER_SEQUENCE, &tbs));
	marks[0] = der_open(b, DER_SEQUENCE);
	marks[1] = der_open(b, DER_SEQUENCE);
	while (der_peek(&tbs) != DER_CONTEXT_SET(3)) {
		assert_true(der_take_any(&tbs, &tag, &content, &element));
		der_raw(b, element.at, element.len);
	}
	assert_true(der_take(&tbs, DER_CONTEXT_SET(3), &content));
	assert_true(der_take(&content, DER_SEQUENCE, &content));
	marks[2] = der_open(b, DER_CONTEXT_SET(3));
	marks[3] = der_open(b, DER_SEQUENCE);
	for (; !der_empty(&content); n++) {
		assert_true(der_take_whole(&content, DER_SEQUENCE, &element));
		put_extension(b, element, n == which ? edit : AS_IT_IS);
	}
	der_close(b, marks[3]);
	der_close(b, marks[2]);
	der_close(b, marks[1]);
	der_raw(b, all.at, all.len);
	der_close(b, marks[0]);
	assert_true(buf_ok(b));
	return n;
}

static void
S_23_K9_each_extension_is_there_once_and_no_other(void **state)
{
	struct made m;
	struct der der, other;
	struct buf b;
	int count;

	(void)state;
	ask_for_all();
	issue(&m, EVP_RSA_gen(2048));
	der = whole_of(&m);
	buf_init(&b, 4096);
	count = edited(&der, 0, AS_IT_IS, &b);
	assert_int_equal(count, 7);
	assert_true(der_equal(&der, b.at, b.used));
	for (int n = 0; n < count; n++)
		for (int edit = LEFT_OUT; edit < EDITS; edit++) {
			buf_clear(&b);
			edited(&der, n, (enum edit)edit, &b);
			other = (struct der){ (unsigned char *)b.at, b.used };
			if (tbs_check(&m.order, &other) == NULL)
				fail_msg("extension %d, edit %d", n, edit);
		}
	buf_free(&b);
	made_free(&m);
}

#define T(name) cmocka_unit_test_setup(name, begin)

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
		T(S_23_K9_finds_what_is_not_as_ordered),
		T(S_23_K9_every_value_is_that_of_the_profile),
		T(S_23_K9_no_bit_may_be_another),
		T(S_23_K9_each_extension_is_there_once_and_no_other),
		T(R_CERT_1_K9_dates_agree_on_every_day),
	};

	return cmocka_run_group_tests(tests, begin_group, end_group);
}
