#include "tests/lib/make_csr.h"

#include "base/b64.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#define OTP_CHALLENGE "1.2.840.113549.1.9.16.2.56"
#define CHANGE_SUBJECT_NAME "1.3.6.1.5.5.7.7.36"

static EVP_PKEY *key;
static unsigned char *der, *subject, *spki;
static size_t der_len, subject_len, spki_len;

static void
put_text_attribute(X509_REQ *req, const char *oid, const char *text)
{
	ASN1_OBJECT *type = OBJ_txt2obj(oid, 1);

	assert(X509_REQ_add1_attr_by_OBJ(req, type, V_ASN1_PRINTABLESTRING,
		   (const unsigned char *)text, (int)strlen(text)) == 1);
	ASN1_OBJECT_free(type);
}

/* SEQUENCE { subject Name }, RFC 6402 2.8. */
static void
put_name_change(X509_REQ *req)
{
	static const unsigned char change[] = { 0x30, 0x10, 0x30, 0x0e, 0x31,
		0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x03, 'n',
		'e', 'w' };
	ASN1_OBJECT *type = OBJ_txt2obj(CHANGE_SUBJECT_NAME, 1);

	assert(X509_REQ_add1_attr_by_OBJ(
		   req, type, V_ASN1_SEQUENCE, change, sizeof(change)) == 1);
	ASN1_OBJECT_free(type);
}

static void
put_email(X509_REQ *req, const char *email)
{
	STACK_OF(X509_EXTENSION) *all = sk_X509_EXTENSION_new_null();
	char value[128] = "email:";
	X509_EXTENSION *san;

	assert(strlen(email) < sizeof(value) - 7);
	memcpy(value + 6, email, strlen(email) + 1);
	san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, value);
	assert(san != NULL && sk_X509_EXTENSION_push(all, san) == 1);
	assert(X509_REQ_add_extensions(req, all) == 1);
	sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
}

static void
forget(void)
{
	OPENSSL_free(der);
	OPENSSL_free(subject);
	OPENSSL_free(spki);
	der = subject = spki = NULL;
}

static void
fill(X509_REQ *req, const struct make_csr *what)
{
	X509_NAME *name = X509_REQ_get_subject_name(req);

	assert(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		   (const unsigned char *)what->common_name, -1, -1, 0) == 1);
	if (what->challenge != NULL)
		put_text_attribute(
		    req, "1.2.840.113549.1.9.7", what->challenge);
	if (what->otp != NULL)
		put_text_attribute(req, OTP_CHALLENGE, what->otp);
	if (what->changes_name)
		put_name_change(req);
	if (what->email != NULL)
		put_email(req, what->email);
	assert(X509_REQ_set_pubkey(req, key) == 1);
	assert(X509_REQ_sign(req, key, EVP_sha256()) > 0);
}

const char *
make_csr(const struct make_csr *what)
{
	static char text[4096];
	X509_REQ *req = X509_REQ_new();

	forget();
	if (key == NULL)
		key = EVP_EC_gen("P-256");
	assert(req != NULL && key != NULL);
	fill(req, what);
	der_len = (size_t)i2d_X509_REQ(req, &der);
	subject_len =
	    (size_t)i2d_X509_NAME(X509_REQ_get_subject_name(req), &subject);
	spki_len = (size_t)i2d_PUBKEY(key, &spki);
	X509_REQ_free(req);
	if (what->spoiled)
		der[der_len - 1] ^= 1;
	assert(b64_encoded_size(der_len, B64_LINES_NONE) < sizeof(text));
	text[b64_encode(text, der, der_len, B64_LINES_NONE)] = '\0';
	return text;
}

const unsigned char *
make_csr_der(size_t *len)
{
	*len = der_len;
	return der;
}

const unsigned char *
make_csr_subject(size_t *len)
{
	*len = subject_len;
	return subject;
}

const unsigned char *
make_csr_key(size_t *len)
{
	*len = spki_len;
	return spki;
}

void
make_csr_end(void)
{
	forget();
	EVP_PKEY_free(key);
	key = NULL;
}
