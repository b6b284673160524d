#include "pki/handover.h"

#include <ctype.h>
#include <openssl/x509.h>
#include <string.h>

#define DIGITS 14

static bool
read_time(const ASN1_TIME *from, time_t *out)
{
	struct tm utc;

	if (ASN1_TIME_to_tm(from, &utc) != 1)
		return false;
	*out = timegm(&utc);
	return true;
}

static bool
all_digits(const char *text)
{
	return strlen(text) == DIGITS &&
	       text[strspn(text, "0123456789")] == '\0';
}

static bool
read_serial(const X509 *x509, struct serial *out)
{
	const ASN1_INTEGER *number = X509_get0_serialNumber(x509);

	return serial_read(out, ASN1_STRING_get0_data(number),
	    (size_t)ASN1_STRING_length(number));
}

/* `USERID 20220525183906`, where the profile writes it so. */
static bool
read_common_name(const X509 *x509, char out[DIGITS + 1])
{
	char name[128];
	int len = X509_NAME_get_text_by_NID(
	    X509_get_subject_name(x509), NID_commonName, name, sizeof(name));
	const char *last = len > 0 ? strrchr(name, ' ') : NULL;

	if (last == NULL || !all_digits(last + 1))
		return false;
	memcpy(out, last + 1, DIGITS + 1);
	return true;
}

static bool
write_local(time_t at, char out[DIGITS + 1])
{
	struct tm local;

	return localtime_r(&at, &local) != NULL &&
	       strftime(out, DIGITS + 1, "%Y%m%d%H%M%S", &local) == DIGITS;
}

bool
handover_read(const struct der *certificate, struct handover *out)
{
	const unsigned char *at = certificate->at;
	X509 *x509 = d2i_X509(NULL, &at, (long)certificate->len);
	bool good = x509 != NULL && read_serial(x509, &out->serial) &&
		    read_time(X509_get0_notBefore(x509), &out->not_before) &&
		    read_time(X509_get0_notAfter(x509), &out->not_after) &&
		    (read_common_name(x509, out->issued) ||
			write_local(out->not_before, out->issued));

	X509_free(x509);
	return good;
}

size_t
handover_chain_count(const struct ca *ca)
{
	return ca->chain_count; /* its last one is the root */
}

static X509 *
at_place(const struct ca *ca, size_t which)
{
	return which == 0 ? ca->certificate : ca->chain[which - 1];
}

size_t
handover_chain_size(const struct ca *ca)
{
	size_t size = 0;

	for (size_t i = 0; i < handover_chain_count(ca); i++)
		size += (size_t)i2d_X509(at_place(ca, i), NULL);
	return size;
}

void
handover_chain(const struct ca *ca, size_t which, struct buf *out)
{
	X509 *one = at_place(ca, which);
	unsigned char *bytes = NULL;
	int len = i2d_X509(one, &bytes);

	if (len > 0)
		buf_add(out, bytes, (size_t)len);
	else
		out->failed = true;
	OPENSSL_free(bytes);
}
