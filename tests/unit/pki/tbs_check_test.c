/* FAKES: clock */
/* What is found before a certificate is recorded: all that is not as ordered
 * (S-23, the step K9). */
#include "pki/tbs.h"

#include "base/clock.h"
#include "tests/lib/made_certificate.h"
#include "tests/lib/test.h"

#include <string.h>

/* The certificate stays, the order becomes another: it is not as ordered. */
static void
refused_for(const struct made *m, const char *word)
{
	struct der der = made_whole(m);
	const char *reason = tbs_check(&m->order, &der);

	if (reason == NULL || strstr(reason, word) == NULL)
		fail_msg("%s, not %s", reason == NULL ? "taken" : reason, word);
}

static void
S_23_K9_finds_what_is_not_as_ordered(void **state)
{
	struct made m, other;
	struct der der;
	struct serial its;
	unsigned char *serial;

	(void)state;
	made_issue(&m, EVP_EC_gen("P-256"));
	made_issue(&other, EVP_EC_gen("P-256"));
	der = made_whole(&other);
	assert_non_null(tbs_check(&m.order, &der)); /* another serial */
	der = made_whole(&m);
	m.order.now++;
	refused_for(&m, "dates");
	m.order.now--;
	made_profile.validity_days--;
	refused_for(&m, "dates");
	made_profile.validity_days++;
	made_profile.san_email = true;
	refused_for(&m, "extensions");
	made_profile.san_email = false;
	its = m.order.serial;
	m.order.serial.bytes[0] ^= 0x80;
	refused_for(&m, "serial");
	/* Ordered or not, a number below zero is none. */
	serial = memmem(der.at, der.len, its.bytes, sizeof(its.bytes));
	assert_non_null(serial);
	serial[0] ^= 0x80;
	refused_for(&m, "serial");
	serial[0] ^= 0x80;
	m.order.serial.bytes[0] ^= 0x80;
	m.order.spki = other.order.spki;
	refused_for(&m, "public key");
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
			made_order(&m, key);
			m.order.now += day * 86400 + day % 24 * 3600;
			made_sign(&m);
			made_free(&m);
		}
	}
	assert_true(clock_zone("Asia/Tokyo"));
	EVP_PKEY_free(key);
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
	made_profile.san_email = true;
	made_profile.extended_key_usage |= PROFILE_EKU_EMAIL_PROTECTION;
	made_profile.subject_count = 2;
	made_profile.subject[0] =
	    (struct profile_rdn){ PROFILE_ATTRIBUTE_C, "JP" };
	made_profile.subject[1] = (struct profile_rdn){ PROFILE_ATTRIBUTE_O,
		"Bank {contract} {name}" };
}

static void
S_23_K9_every_value_is_that_of_the_profile(void **state)
{
	struct made m;
	struct der der;

	(void)state;
	ask_for_all();
	made_issue(&m, EVP_RSA_gen(2048));

	CHANGED(
	    made_profile.key_usage, PROFILE_KU_DIGITAL_SIGNATURE, "extensions");
	CHANGED(made_profile.key_usage,
	    made_profile.key_usage | PROFILE_KU_NON_REPUDIATION, "extensions");
	CHANGED(made_profile.extended_key_usage, PROFILE_EKU_CLIENT_AUTH,
	    "extensions");
	CHANGED(made_profile.extended_key_usage, PROFILE_EKU_EMAIL_PROTECTION,
	    "extensions");
	CHANGED(made_account.email[0], 'x', "extensions");
	CHANGED(made_account.email[strlen(made_account.email) - 1], '\0',
	    "extensions");
	CHANGED(made_config.crl_url, (char *)"http://ca.example/other.crl",
	    "extensions");
	CHANGED(made_config.issuer_url, (char *)"http://ca.example/ca.ce",
	    "extensions");
	CHANGED(made_config.ocsp_url, (char *)"http://ca.example/ca.cer",
	    "extensions");
	CHANGED(made_config.ocsp_url, NULL, "extensions");

	CHANGED(made_account.user_id[0], 'S', "subject");
	CHANGED(made_account.user_id[8], '\0', "subject");
	CHANGED(made_account.contract[0], '9', "subject");
	CHANGED(made_account.name[0], '\0', "subject");
	CHANGED(made_profile.common_name[0], 'x', "subject");
	CHANGED(made_profile.subject_count, 1, "subject");
	CHANGED(made_profile.subject_count, 0, "subject");
	CHANGED(
	    made_profile.subject[0].attribute, PROFILE_ATTRIBUTE_L, "subject");
	CHANGED(made_profile.subject[0].value[0], 'K', "subject");
	CHANGED(made_profile.subject[1].value[0], 'T', "subject");
	CHANGED(made_ca->not_after, MADE_LAST_SECOND - 1, "dates");

	der = made_whole(&m);
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

		made_issue(&m, rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
		der = made_whole(&m);
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
	made_issue(&m, EVP_RSA_gen(2048));
	der = made_whole(&m);
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

#define T(name) cmocka_unit_test_setup(name, made_begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(S_23_K9_finds_what_is_not_as_ordered),
		T(S_23_K9_every_value_is_that_of_the_profile),
		T(S_23_K9_no_bit_may_be_another),
		T(S_23_K9_each_extension_is_there_once_and_no_other),
		T(R_CERT_1_K9_dates_agree_on_every_day),
	};

	return cmocka_run_group_tests(tests, made_begin_group, made_end_group);
}
