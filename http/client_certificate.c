#include "http/client_certificate.h"

#include "base/held.h"
#include "base/xalloc.h"

#include <openssl/x509v3.h>
#include <pthread.h>

/*
 * What is read once for each connection, at its first request, and hangs on its
 * SSL: the certificate stays the same, since nobody may renegotiate, or show
 * another one after the handshake (EST-009).
 */
struct read_once {
	X509 *certificate; /* what `what` points into */
	struct client_certificate what;
};

static int known;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
forget(
    void *parent, void *ptr, CRYPTO_EX_DATA *ad, int at, long argl, void *argp)
{
	struct read_once *read = ptr;

	(void)parent;
	(void)ad;
	(void)at;
	(void)argl;
	(void)argp;
	if (read == NULL)
		return;
	X509_free(read->certificate);
	held_free(read);
}

static void
make_index(void)
{
	known = SSL_get_ex_new_index(0, NULL, NULL, NULL, forget);
	if (known < 0)
		xalloc_failed();
}

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

static void
read_certificate(const X509 *certificate, struct client_certificate *out)
{
	unsigned int len = sizeof(out->fingerprint);

	*out = (struct client_certificate){ 0 };
	if (!read_serial(certificate, &out->serial))
		return;
	if (X509_digest(
		certificate, EVP_sha256(), out->fingerprint.bytes, &len) != 1 ||
	    X509_NAME_get0_der(X509_get_subject_name(certificate),
		&out->subject.at, &out->subject.len) != 1)
		return;
	read_names(certificate, &out->names);
	out->exists = true;
}

/* Without memory it is read again for the next request. */
static void
keep(SSL *ssl, const struct client_certificate *what)
{
	struct read_once *read = held_malloc(sizeof(*read));

	if (read == NULL)
		return;
	*read = (struct read_once){ SSL_get1_peer_certificate(ssl), *what };
	if (SSL_set_ex_data(ssl, known, read) != 1)
		forget(NULL, read, NULL, known, 0, NULL);
}

bool
client_certificate_shown(SSL *ssl)
{
	return ssl != NULL && SSL_get0_peer_certificate(ssl) != NULL;
}

void
client_certificate_read(SSL *ssl, struct client_certificate *out)
{
	const X509 *certificate =
	    ssl == NULL ? NULL : SSL_get0_peer_certificate(ssl);
	const struct read_once *read;

	*out = (struct client_certificate){ 0 };
	if (certificate == NULL)
		return;
	pthread_once(&once, make_index);
	read = SSL_get_ex_data(ssl, known);
	if (read != NULL && read->certificate == certificate) {
		*out = read->what;
		return;
	}
	read_certificate(certificate, out);
	if (out->exists && read == NULL)
		keep(ssl, out);
}
