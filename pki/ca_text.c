#include "pki/ca_text.h"

#include "base/hex.h"

#include <assert.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

size_t
ca_text_count(const struct ca *ca)
{
	return 1 + ca->chain_count;
}

static X509 *
nth(const struct ca *ca, size_t n)
{
	assert(n < ca_text_count(ca));
	return n == 0 ? ca->certificate : ca->chain[n - 1];
}

static time_t
seconds(const ASN1_TIME *at)
{
	struct tm utc;

	return ASN1_TIME_to_tm(at, &utc) == 1 ? timegm(&utc) : 0;
}

/* What does not fit is cut, byte by byte. */
static void
put_hex(char *out, size_t size, const unsigned char *bytes, size_t len)
{
	hex_write(out, bytes, 2 * len < size ? len : (size - 1) / 2);
}

/* Likewise. */
static void
put_pairs(char *out, size_t size, const unsigned char *bytes, size_t len)
{
	out[0] = '\0';
	for (size_t i = 0; i < len && 3 * i + 3 <= size; i++)
		snprintf(out + 3 * i - (i > 0), size - (3 * i - (i > 0)),
		    "%s%02X", i > 0 ? ":" : "", bytes[i]);
}

static void
put_subject(const X509 *x, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len = -1;

	if (bio != NULL &&
	    X509_NAME_print_ex(bio, X509_get_subject_name(x), 0,
		XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		len = BIO_read(bio, out, (int)size - 1);
	out[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
}

void
ca_text_of(const struct ca *ca, size_t n, struct ca_text *out)
{
	ca_text_read(nth(ca, n), out);
}

void
ca_text_read(X509 *x, struct ca_text *out)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	put_subject(x, out->subject, sizeof(out->subject));
	put_hex(out->serial, sizeof(out->serial), ASN1_STRING_get0_data(serial),
	    (size_t)ASN1_STRING_length(serial));
	if (X509_digest(x, EVP_sha256(), digest, &len) != 1)
		len = 0;
	put_pairs(out->fingerprint, sizeof(out->fingerprint), digest, len);
	out->not_before = seconds(X509_get0_notBefore(x));
	out->not_after = seconds(X509_get0_notAfter(x));
}

bool
ca_text_pem(const struct ca *ca, size_t n, FILE *out)
{
	return PEM_write_X509(out, nth(ca, n)) == 1;
}
