#include "http/client_certificate.h"

#include <openssl/x509v3.h>
#include <string.h>

static bool
read_serial(const X509 *certificate, unsigned char out[FACTS_SERIAL_SIZE])
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
	int len = ASN1_STRING_length(serial);

	if (len <= 0 || len > FACTS_SERIAL_SIZE ||
	    ASN1_STRING_type(serial) != V_ASN1_INTEGER)
		return false;
	memset(out, 0, FACTS_SERIAL_SIZE);
	memcpy(out + FACTS_SERIAL_SIZE - len, ASN1_STRING_get0_data(serial),
	    (size_t)len);
	return true;
}

static void
read_names(const X509 *certificate, struct der *out)
{
	int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
	const ASN1_OCTET_STRING *value;

	if (at < 0)
		return;
	value = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
	out->at = ASN1_STRING_get0_data(value);
	out->len = (size_t)ASN1_STRING_length(value);
}

void
client_certificate_read(SSL *ssl, struct client_certificate *out)
{
	const X509 *certificate =
	    ssl == NULL ? NULL : SSL_get0_peer_certificate(ssl);
	unsigned int len = FACTS_DIGEST_SIZE;

	*out = (struct client_certificate){ 0 };
	if (certificate == NULL || !read_serial(certificate, out->serial))
		return;
	if (X509_digest(certificate, EVP_sha256(), out->fingerprint, &len) !=
		1 ||
	    X509_NAME_get0_der(X509_get_subject_name(certificate),
		&out->subject.at, &out->subject.len) != 1)
		return;
	read_names(certificate, &out->names);
	out->exists = true;
}
