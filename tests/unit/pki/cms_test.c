#include "pki/cms.h"

#include "tests/lib/authority.h"
#include "tests/lib/test.h"

#include <openssl/cms.h>
#include <openssl/pkcs7.h>
#include <string.h>

static struct der
der_of(X509 *x)
{
	unsigned char *bytes = NULL;
	int len = i2d_X509(x, &bytes);

	assert_true(len > 0);
	return (struct der){ bytes, (size_t)len };
}

static void
der_free(struct der d)
{
	OPENSSL_free((void *)(uintptr_t)d.at);
}

/* What `openssl crl2pkcs7 -nocrl -outform DER` makes, by the same calls. */
static struct der
crl2pkcs7(X509 *x)
{
	PKCS7 *p7 = PKCS7_new();
	unsigned char *bytes = NULL;
	int len;

	assert_true(PKCS7_set_type(p7, NID_pkcs7_signed) == 1);
	p7->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
	ASN1_INTEGER_set(p7->d.sign->version, 1);
	assert_int_equal(PKCS7_add_certificate(p7, x), 1);
	len = i2d_PKCS7(p7, &bytes);
	assert_true(len > 0);
	PKCS7_free(p7);
	return (struct der){ bytes, (size_t)len };
}

static void
EST_191_equal_to_crl2pkcs7(void **state)
{
	struct authority ca = { .name = "Root" };
	struct der der, expected;
	struct buf b;

	(void)state;
	authority_make(&ca);
	der = der_of(ca.certificate);
	expected = crl2pkcs7(ca.certificate);
	buf_init(&b, 8192);
	assert_true(cms_certs_only(&b, &der, 1));
	assert_int_equal(b.used, expected.len);
	assert_memory_equal(b.at, expected.at, expected.len);
	buf_free(&b);
	der_free(der);
	der_free(expected);
	authority_free(&ca);
}

static void
EST_088_several_are_in_set_order(void **state)
{
	struct authority ca[3] = { { .name = "A" }, { .name = "Bb" },
		{ .name = "C" } };
	struct der der[3], turned[3], whole;
	const unsigned char *at;
	CMS_ContentInfo *cms;
	STACK_OF(X509) * found;
	struct buf a, b;

	(void)state;
	for (int i = 0; i < 3; i++) {
		authority_make(&ca[i]);
		der[i] = der_of(ca[i].certificate);
		turned[2 - i] = der[i];
	}
	buf_init(&a, 8192);
	buf_init(&b, 8192);
	assert_true(cms_certs_only(&a, der, 3));
	assert_true(cms_certs_only(&b, turned, 3));
	assert_int_equal(a.used, b.used);
	assert_memory_equal(a.at, b.at, a.used);
	whole = (struct der){ (unsigned char *)a.at, a.used };
	assert_true(der_strict(&whole, 20));
	at = whole.at;
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)whole.len);
	assert_non_null(cms);
	found = CMS_get1_certs(cms);
	assert_int_equal(sk_X509_num(found), 3);
	sk_X509_pop_free(found, X509_free);
	CMS_ContentInfo_free(cms);
	buf_free(&a);
	buf_free(&b);
	for (int i = 0; i < 3; i++) {
		der_free(der[i]);
		authority_free(&ca[i]);
	}
}

static void
what_does_not_fit_is_told(void **state)
{
	struct der der = { (const unsigned char *)"\x30\x00", 2 };
	struct buf b;

	(void)state;
	buf_init(&b, 16);
	assert_false(cms_certs_only(&b, &der, 1));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_191_equal_to_crl2pkcs7),
		cmocka_unit_test(EST_088_several_are_in_set_order),
		cmocka_unit_test(what_does_not_fit_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
