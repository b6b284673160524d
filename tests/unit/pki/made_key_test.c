#include "pki/made_key.h"

#include "tests/lib/test.h"

#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

/* A certificate of that key by that key; its DER. */
static int
certify(EVP_PKEY *key, unsigned char **der)
{
	X509 *c = X509_new();
	int len;

	assert_non_null(c);
	X509_set_version(c, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
	X509_gmtime_adj(X509_getm_notBefore(c), 0);
	X509_gmtime_adj(X509_getm_notAfter(c), 3600);
	X509_set_pubkey(c, key);
	assert_true(X509_sign(c, key, EVP_sha256()) > 0);
	len = i2d_X509(c, der);
	X509_free(c);
	assert_true(len > 0);
	return len;
}

static void
R_CERT_8_each_kind_comes_back_and_signs_its_request(void **state)
{
	(void)state;
	for (int kind = 0; kind < KEYS_PEOPLE; kind++) {
		EVP_PKEY *key, *again;
		const unsigned char *at;
		struct buf der, request;
		X509_REQ *read;

		key = made_key_new((enum keys_people)kind);
		assert_non_null(key);
		buf_init(&der, 4096);
		buf_init(&request, 4096);
		assert_true(made_key_write(key, &der));
		again = made_key_read((unsigned char *)der.at, der.used);
		assert_non_null(again);
		assert_int_equal(EVP_PKEY_eq(key, again), 1);
		assert_true(made_key_request(again, "sample001", &request));
		at = (const unsigned char *)request.at;
		read = d2i_X509_REQ(NULL, &at, (long)request.used);
		assert_non_null(read);
		assert_int_equal(X509_REQ_verify(read, key), 1);
		X509_REQ_free(read);
		buf_free(&request);
		buf_free(&der);
		EVP_PKEY_free(again);
		EVP_PKEY_free(key);
	}
}

static bool
make(EVP_PKEY *key, const unsigned char *certificates, size_t len,
    enum made_key_form form, struct buf *out)
{
	const struct made_key_file file = { .form = form,
		.name = "sample001 2027-05-25",
		.passphrase = "Sakura-1234",
		.certificates = certificates,
		.certificates_len = len };

	buf_init(out, 16384);
	return made_key_file(key, &file, out);
}

static void
R_CERT_8_a_file_is_of_a_key_and_its_own_certificate(void **state)
{
	EVP_PKEY *key = made_key_new(KEYS_PEOPLE_P256), *read = NULL;
	EVP_PKEY *other = made_key_new(KEYS_PEOPLE_P256);
	unsigned char *der = NULL;
	const unsigned char *at;
	int len = certify(key, &der);
	X509 *certificate = NULL;
	struct buf out;
	PKCS12 *file;

	(void)state;
	for (int form = 0; form < MADE_KEY_FORMS; form++) {
		assert_true(make(
		    key, der, (size_t)len, (enum made_key_form)form, &out));
		at = (const unsigned char *)out.at;
		file = d2i_PKCS12(NULL, &at, (long)out.used);
		assert_non_null(file);
		assert_int_equal(PKCS12_verify_mac(file, "Wrong-1234", -1), 0);
		assert_int_equal(PKCS12_parse(file, "Sakura-1234", &read,
				     &certificate, NULL),
		    1);
		assert_int_equal(EVP_PKEY_eq(read, key), 1);
		EVP_PKEY_free(read);
		X509_free(certificate);
		PKCS12_free(file);
		buf_free(&out);
	}
	assert_false(make(other, der, (size_t)len, MADE_KEY_NEW, &out));
	buf_free(&out);
	/* Cut, or none at all. */
	for (int cut = 0; cut < len; cut++) {
		assert_false(make(key, der, (size_t)cut, MADE_KEY_NEW, &out));
		buf_free(&out);
	}
	OPENSSL_free(der);
	EVP_PKEY_free(other);
	EVP_PKEY_free(key);
}

static void
what_is_no_key_is_none(void **state)
{
	static const unsigned char bytes[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++)
		assert_null(made_key_read(bytes, len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    R_CERT_8_each_kind_comes_back_and_signs_its_request),
		cmocka_unit_test(
		    R_CERT_8_a_file_is_of_a_key_and_its_own_certificate),
		cmocka_unit_test(what_is_no_key_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
