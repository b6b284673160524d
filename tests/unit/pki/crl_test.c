/* FAKES: clock */
/* Lists of revoked certificates, as OpenSSL reads them. */
#include "pki/crl.h"

#include "tests/lib/made_certificate.h"
#include "tests/lib/test.h"

#include <openssl/x509v3.h>
#include <string.h>

#define DAY 86400

/* The last second of 2049, and the one after it. */
#define LAST_UTC_TIME INT64_C(2524607999)
#define FIRST_GENERALIZED (LAST_UTC_TIME + 1)

/* A whole list: what the issuer puts together of a file. */
static void
make(const struct crl_head *head, const struct crl_entry *entries, size_t count,
    struct buf *out)
{
	struct buf middle, tail, inside;
	unsigned char signature[CA_SIGNATURE_MAX];
	size_t len;

	buf_init(&middle, 1 << 20);
	buf_init(&tail, CRL_TAIL_MAX);
	buf_init(&inside, 1 << 20);
	buf_init(out, 1 << 20);
	for (size_t i = 0; i < count; i++)
		crl_put_entry(&entries[i], &middle);
	crl_put_tail(made_ca, head, &tail);
	crl_put_head(made_ca, head, middle.used, &tail, &inside);
	if (middle.used > 0)
		der_raw(&inside, middle.at, middle.used);
	der_raw(&inside, tail.at, tail.used);
	assert_true(ca_sign(made_ca, inside.at, inside.used, signature, &len));
	crl_put_signature(made_ca, signature, len, &inside);
	crl_put_outside(inside.used, out);
	der_raw(out, inside.at, inside.used);
	assert_true(buf_ok(out));
	buf_free(&middle);
	buf_free(&tail);
	buf_free(&inside);
}

static struct der
whole_of(const struct buf *b)
{
	return (struct der){ (const unsigned char *)b->at, b->used };
}

/* As OpenSSL has it, verified with the CA's key. */
static X509_CRL *
read_list(const struct buf *b)
{
	struct der whole = whole_of(b);
	const unsigned char *at = whole.at;
	X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)whole.len);

	assert_non_null(list);
	assert_ptr_equal(at, whole.at + whole.len);
	assert_true(der_strict(&whole, 20));
	assert_int_equal(
	    X509_CRL_verify(list, X509_get0_pubkey(made_ca->certificate)), 1);
	return list;
}

static struct crl_head
head_at(time_t this_update)
{
	return (struct crl_head){ .number = this_update,
		.this_update = this_update,
		.next_update = this_update + 7 * DAY };
}

static struct crl_entry
entry(unsigned char first, time_t at, enum crl_reason reason)
{
	struct crl_entry e = { .revoked_at = at, .reason = reason };

	memset(e.serial.bytes, first, sizeof(e.serial));
	return e;
}

static time_t
time_of(const ASN1_TIME *t)
{
	struct tm tm;

	assert_int_equal(ASN1_TIME_to_tm(t, &tm), 1);
	return timegm(&tm);
}

static void
EST_350_version_2_by_the_ca_in_its_own_words(void **state)
{
	struct crl_head head = head_at(MADE_AT);
	const ASN1_BIT_STRING *signature;
	const X509_ALGOR *outside;
	unsigned char *name = NULL;
	struct buf b;
	X509_CRL *list;
	int len;

	(void)state;
	make(&head, NULL, 0, &b);
	list = read_list(&b);
	assert_int_equal(X509_CRL_get_version(list), 1);
	len = i2d_X509_NAME(X509_CRL_get_issuer(list), &name);
	assert_int_equal(len, made_ca->subject.len);
	assert_memory_equal(name, made_ca->subject.at, made_ca->subject.len);
	X509_CRL_get0_signature(list, &signature, &outside);
	assert_int_equal(
	    OBJ_obj2nid(outside->algorithm), X509_CRL_get_signature_nid(list));
	OPENSSL_free(name);
	X509_CRL_free(list);
	buf_free(&b);
}

static void
EST_351_dates_are_utc_until_2049_and_generalized_after(void **state)
{
	static const struct {
		time_t this_update;
		int this_type, next_type;
	} cases[] = {
		{ MADE_AT, V_ASN1_UTCTIME, V_ASN1_UTCTIME },
		{ LAST_UTC_TIME - 7 * DAY, V_ASN1_UTCTIME, V_ASN1_UTCTIME },
		{ FIRST_GENERALIZED - 7 * DAY, V_ASN1_UTCTIME,
		    V_ASN1_GENERALIZEDTIME },
		{ FIRST_GENERALIZED, V_ASN1_GENERALIZEDTIME,
		    V_ASN1_GENERALIZEDTIME },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct crl_head head = head_at(cases[i].this_update), seen;
		struct buf b;
		struct der whole;
		X509_CRL *list;

		make(&head, NULL, 0, &b);
		list = read_list(&b);
		assert_int_equal(
		    X509_CRL_get0_lastUpdate(list)->type, cases[i].this_type);
		assert_int_equal(
		    X509_CRL_get0_nextUpdate(list)->type, cases[i].next_type);
		assert_int_equal(
		    time_of(X509_CRL_get0_lastUpdate(list)), head.this_update);
		assert_int_equal(
		    time_of(X509_CRL_get0_nextUpdate(list)), head.next_update);
		whole = whole_of(&b);
		assert_true(crl_read_head(&whole, &seen));
		assert_int_equal(seen.this_update, head.this_update);
		assert_int_equal(seen.next_update, head.next_update);
		X509_CRL_free(list);
		buf_free(&b);
	}
}

static void
EST_352_EST_356_key_identifier_and_number_and_nothing_more(void **state)
{
	static const int64_t numbers[] = { 1, 127, 128, 255, 256, MADE_AT,
		INT64_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct crl_head head = head_at(MADE_AT), seen;
		AUTHORITY_KEYID *id;
		ASN1_INTEGER *number;
		int64_t value;
		struct buf b;
		struct der whole;
		X509_CRL *list;
		int critical;

		head.number = numbers[i];
		make(&head, NULL, 0, &b);
		list = read_list(&b);
		number =
		    X509_CRL_get_ext_d2i(list, NID_crl_number, &critical, NULL);
		assert_int_equal(critical, 0);
		assert_int_equal(ASN1_INTEGER_get_int64(&value, number), 1);
		assert_int_equal(value, numbers[i]);
		id = X509_CRL_get_ext_d2i(
		    list, NID_authority_key_identifier, &critical, NULL);
		assert_int_equal(critical, 0);
		assert_int_equal(
		    ASN1_OCTET_STRING_cmp(id->keyid,
			X509_get0_subject_key_id(made_ca->certificate)),
		    0);
		assert_int_equal(X509_CRL_get_ext_count(list), 2);
		whole = whole_of(&b);
		assert_true(crl_read_head(&whole, &seen));
		assert_int_equal(seen.number, numbers[i]);
		ASN1_INTEGER_free(number);
		AUTHORITY_KEYID_free(id);
		X509_CRL_free(list);
		buf_free(&b);
	}
}

static void
EST_353_nothing_revoked_no_field(void **state)
{
	struct crl_head head = head_at(MADE_AT);
	struct buf b;
	X509_CRL *list;

	(void)state;
	make(&head, NULL, 0, &b);
	list = read_list(&b);
	assert_null(X509_CRL_get_REVOKED(list));
	X509_CRL_free(list);
	buf_free(&b);
}

static void
EST_354_serial_date_and_reason_as_the_ledger_has_them(void **state)
{
	static const struct {
		const char *name;
		int reason; /* -1: none is written */
	} reasons[] = {
		{ "unspecified", -1 },
		{ "abandoned", -1 }, /* nobody has it (I-4) */
		{ "keyCompromise", CRL_REASON_KEY_COMPROMISE },
		{ "affiliationChanged", CRL_REASON_AFFILIATION_CHANGED },
		{ "superseded", CRL_REASON_SUPERSEDED },
		{ "cessationOfOperation", CRL_REASON_CESSATION_OF_OPERATION },
		{ "privilegeWithdrawn", CRL_REASON_PRIVILEGE_WITHDRAWN },
	};
	struct crl_head head = head_at(MADE_AT);
	struct crl_entry entries[COUNT(reasons)];
	STACK_OF(X509_REVOKED) * revoked;
	struct buf b;
	X509_CRL *list;

	(void)state;
	for (size_t i = 0; i < COUNT(reasons); i++) {
		entries[i] = entry((unsigned char)(i + 1), MADE_AT - 5, 0);
		assert_true(
		    crl_reason_read(reasons[i].name, &entries[i].reason));
	}
	make(&head, entries, COUNT(entries), &b);
	list = read_list(&b);
	revoked = X509_CRL_get_REVOKED(list);
	assert_int_equal(sk_X509_REVOKED_num(revoked), COUNT(reasons));
	for (size_t i = 0; i < COUNT(reasons); i++) {
		X509_REVOKED *r = sk_X509_REVOKED_value(revoked, (int)i);
		BIGNUM *serial =
		    ASN1_INTEGER_to_BN(X509_REVOKED_get0_serialNumber(r), NULL);
		unsigned char bytes[SERIAL_SIZE];
		ASN1_ENUMERATED *reason;
		int critical;

		assert_int_equal(
		    BN_bn2binpad(serial, bytes, SERIAL_SIZE), SERIAL_SIZE);
		assert_memory_equal(
		    bytes, entries[i].serial.bytes, SERIAL_SIZE);
		assert_int_equal(
		    time_of(X509_REVOKED_get0_revocationDate(r)), MADE_AT - 5);
		reason = X509_REVOKED_get_ext_d2i(
		    r, NID_crl_reason, &critical, NULL);
		if (reasons[i].reason < 0) {
			assert_null(reason);
			assert_int_equal(X509_REVOKED_get_ext_count(r), 0);
		} else {
			assert_int_equal(critical, 0);
			assert_int_equal(
			    ASN1_ENUMERATED_get(reason), reasons[i].reason);
		}
		ASN1_ENUMERATED_free(reason);
		BN_free(serial);
	}
	X509_CRL_free(list);
	buf_free(&b);
}

static void
EST_354_an_entry_of_any_serial_and_year_fits_its_room(void **state)
{
	static const unsigned char firsts[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	static const time_t times[] = { 0, MADE_AT, LAST_UTC_TIME,
		FIRST_GENERALIZED, INT64_C(253402300799) };
	struct buf b;

	(void)state;
	buf_init(&b, CRL_ENTRY_MAX);
	for (size_t i = 0; i < COUNT(firsts); i++)
		for (size_t j = 0; j < COUNT(times); j++) {
			struct crl_entry e =
			    entry(firsts[i], times[j], CRL_PRIVILEGE_WITHDRAWN);
			struct der whole;

			buf_clear(&b);
			crl_put_entry(&e, &b);
			assert_true(buf_ok(&b));
			whole = whole_of(&b);
			assert_true(der_strict(&whole, 8));
		}
	buf_free(&b);
}

static void
a_reason_that_the_ledger_does_not_have_is_none(void **state)
{
	enum crl_reason reason;

	(void)state;
	assert_false(crl_reason_read("removeFromCRL", &reason));
	assert_false(crl_reason_read("", &reason));
}

/* Lengths of one to four bytes: outside, inside, of the entries. */
static void
EST_350_a_list_is_whole_at_every_length_of_a_length(void **state)
{
	static const size_t counts[] = { 1, 2, 3, 4, 5, 6, 1500, 1700, 2000 };
	static struct crl_entry entries[2000];

	(void)state;
	for (size_t i = 0; i < COUNT(entries); i++) {
		entries[i] = entry(1, MADE_AT, CRL_UNSPECIFIED);
		memcpy(entries[i].serial.bytes + 4, &i, sizeof(i));
	}
	for (size_t i = 0; i < COUNT(counts); i++) {
		struct crl_head head = head_at(MADE_AT), seen;
		struct buf b;
		struct der whole;
		X509_CRL *list;

		make(&head, entries, counts[i], &b);
		list = read_list(&b);
		assert_int_equal(
		    sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list)), counts[i]);
		whole = whole_of(&b);
		assert_true(crl_read_head(&whole, &seen));
		X509_CRL_free(list);
		buf_free(&b);
	}
}

/* What lies in the folder may be anything. */
static void
F_84_half_a_list_and_what_is_none_is_not_read(void **state)
{
	struct crl_head head = head_at(MADE_AT), seen;
	struct crl_entry one = entry(1, MADE_AT, CRL_SUPERSEDED);
	struct buf b;
	struct der whole;

	(void)state;
	make(&head, &one, 1, &b);
	for (size_t len = 0; len < b.used; len++) {
		whole = (struct der){ (const unsigned char *)b.at, len };
		assert_false(crl_read_head(&whole, &seen));
	}
	buf_byte(&b, 0);
	whole = whole_of(&b);
	assert_false(crl_read_head(&whole, &seen));
	buf_free(&b);
}

static void
another_thread_signs_with_contexts_of_its_own(void **state)
{
	struct ca *own = ca_share(made_ca);
	unsigned char signature[CA_SIGNATURE_MAX];
	size_t len;

	(void)state;
	assert_non_null(own);
	assert_ptr_not_equal(own->signer, made_ca->signer);
	assert_true(ca_sign(own, "koshin", 6, signature, &len));
	ca_free(own);
	assert_true(ca_sign(made_ca, "koshin", 6, signature, &len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_350_version_2_by_the_ca_in_its_own_words),
		cmocka_unit_test(
		    EST_351_dates_are_utc_until_2049_and_generalized_after),
		cmocka_unit_test(
		    EST_352_EST_356_key_identifier_and_number_and_nothing_more),
		cmocka_unit_test(EST_353_nothing_revoked_no_field),
		cmocka_unit_test(
		    EST_354_serial_date_and_reason_as_the_ledger_has_them),
		cmocka_unit_test(
		    EST_354_an_entry_of_any_serial_and_year_fits_its_room),
		cmocka_unit_test(
		    a_reason_that_the_ledger_does_not_have_is_none),
		cmocka_unit_test(
		    EST_350_a_list_is_whole_at_every_length_of_a_length),
		cmocka_unit_test(F_84_half_a_list_and_what_is_none_is_not_read),
		cmocka_unit_test(another_thread_signs_with_contexts_of_its_own),
	};

	return cmocka_run_group_tests(tests, made_begin_group, made_end_group);
}
