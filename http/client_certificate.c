#include "http/client_certificate.h"

#include <openssl/x509v3.h>

static bool
read_serial(const X509 *certificate, struct serial *out)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);

	return ASN1_STRING_type(serial) == V_ASN1_INTEGER &&
	       serial_read(out, ASN1_STRING_get0_data(serial),
		   (size_t)ASN1_STRING_length(serial));
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
	unsigned int len = sizeof(out->fingerprint);

	*out = (struct client_certificate){ 0 };
	if (certificate == NULL || !read_serial(certificate, &out->serial))
		return;
	if (X509_digest(
		certificate, EVP_sha256(), out->fingerprint.bytes, &len) != 1 ||
	    X509_NAME_get0_der(X509_get_subject_name(certificate),
		&out->subject.at, &out->subject.len) != 1)
		return;
	read_names(certificate, &out->names);
	out->exists = true;
}
