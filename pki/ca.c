#include "pki/ca.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "pki/certificate_file.h"
#include "pki/key.h"
#include "pki/own_signature.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a reason goes. */
struct told {
	struct fault *why;
	const char *file;
};

/* `file: reason`. Returns false. */
static bool __attribute__((format(printf, 2, 3)))
tell(const struct told *t, const char *format, ...)
{
	char reason[512];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	fault_set(t->why, "%s: %s", t->file, reason);
	ERR_clear_error();
	return false;
}

/* --------------------------------------------------------- certificates */

static bool
self_signed(X509 *x)
{
	return (X509_get_extension_flags(x) & EXFLAG_SS) != 0;
}

/* What every CA certificate has to be; `below` CAs stand under it. */
static bool
check_authority(const struct told *t, X509 *x, long below, const char *which)
{
	uint32_t flags = X509_get_extension_flags(x);
	long pathlen = X509_get_pathlen(x);
	time_t now = clock_now();

	if ((flags & EXFLAG_INVALID) != 0 || X509_get_version(x) != 2)
		return tell(
		    t, "%s is not a well-formed X.509 v3 certificate", which);
	if ((flags & EXFLAG_CA) == 0)
		return tell(
		    t, "%s is no CA: basicConstraints has no CA:TRUE", which);
	if ((flags & EXFLAG_KUSAGE) == 0 ||
	    (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) == 0)
		return tell(t,
		    "%s may not sign certificates: its keyUsage has no "
		    "keyCertSign",
		    which);
	if (pathlen >= 0 && pathlen < below)
		return tell(t,
		    "%s has a path length of %ld; %ld CAs are below it", which,
		    pathlen, below);
	if (X509_get0_subject_key_id(x) == NULL)
		return tell(t, "%s has no subjectKeyIdentifier", which);
	if (X509_cmp_time(X509_get0_notBefore(x), &now) >= 0)
		return tell(t, "%s is not valid yet", which);
	if (X509_cmp_time(X509_get0_notAfter(x), &now) <= 0)
		return tell(t, "%s has expired", which);
	return true;
}

static bool
issued_by(X509 *x, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	return X509_check_issued(issuer, x) == X509_V_OK && key != NULL &&
	       X509_verify(x, key) == 1;
}

/* From the issuing CA upwards to a root. */
static bool
check_chain(const struct told *t, const struct ca *ca)
{
	X509 *x = ca->certificate;
	char which[40];

	for (size_t i = 0; i < ca->chain_count; i++) {
		snprintf(which, sizeof(which), "certificate %zu", i + 1);
		if (!issued_by(x, ca->chain[i]))
			return tell(t,
			    "%s is not the issuer of the one before it; the "
			    "order is upwards from the issuing CA's issuer",
			    which);
		if (!check_authority(t, ca->chain[i], (long)i + 1, which))
			return false;
		x = ca->chain[i];
	}
	if (!self_signed(x) || !issued_by(x, x))
		return tell(t, "does not lead up to a self-signed root");
	return true;
}

static bool
time_of(const ASN1_TIME *t, time_t *out)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(t, &tm))
		return false;
	*out = timegm(&tm);
	return true;
}

static bool
earliest_end(struct ca *ca)
{
	time_t end;

	if (!time_of(X509_get0_notAfter(ca->certificate), &ca->not_after))
		return false;
	for (size_t i = 0; i < ca->chain_count; i++) {
		if (!time_of(X509_get0_notAfter(ca->chain[i]), &end))
			return false;
		if (end < ca->not_after)
			ca->not_after = end;
	}
	return true;
}

/* What we sign with it has to be said in an AlgorithmIdentifier. */
static bool
take_key_facts(const struct told *t, struct ca *ca)
{
	struct keys_facts facts;
	struct der spki;
	unsigned char *bytes = NULL;
	int len =
	    i2d_X509_PUBKEY(X509_get_X509_PUBKEY(ca->certificate), &bytes);
	const char *reason;

	if (len <= 0)
		return tell(t, "its public key cannot be read");
	spki = (struct der){ bytes, (size_t)len };
	reason = key_read(&spki, &facts, NULL);
	OPENSSL_free(bytes);
	if (reason != NULL)
		return tell(t, "%s", reason);
	ca->kind = facts.kind;
	return true;
}

static bool
take_facts(const struct told *t, struct ca *ca)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(ca->certificate);
	const unsigned char *name;
	size_t name_len;
	int id_len = ASN1_STRING_length(id);

	if (!X509_NAME_get0_der(
		X509_get_subject_name(ca->certificate), &name, &name_len) ||
	    X509_NAME_entry_count(X509_get_subject_name(ca->certificate)) == 0)
		return tell(t, "its subject is empty");
	if (id_len <= 0 || (size_t)id_len > sizeof(ca->key_id))
		return tell(t, "its subjectKeyIdentifier has %d bytes", id_len);
	ca->subject = (struct der){ name, name_len };
	memcpy(ca->key_id, ASN1_STRING_get0_data(id), (size_t)id_len);
	ca->key_id_len = (size_t)id_len;
	if (!earliest_end(ca))
		return tell(t, "its end cannot be read");
	return take_key_facts(t, ca);
}

static bool
open_certificates(
    struct ca *ca, const struct config_ca *config, struct fault *why)
{
	struct told own = { why, config->certificate };
	struct told above = { why, config->chain };
	size_t count;

	if (!certificate_file_read(
		config->certificate, &ca->certificate, 1, &count, why) ||
	    !check_authority(&own, ca->certificate, 0, "it"))
		return false;
	if (config->chain == NULL || self_signed(ca->certificate))
		above.file = config->certificate; /* nothing above it */
	else if (!certificate_file_read(config->chain, ca->chain, CA_CHAIN_MAX,
		     &ca->chain_count, why))
		return false;
	return check_chain(&above, ca) && take_facts(&own, ca);
}

struct ca *
ca_open(const struct config_ca *config, struct fault *why)
{
	struct ca *ca = xcalloc(1, sizeof(*ca));

	if (!open_certificates(ca, config, why)) {
		ca_free(ca);
		return NULL;
	}
	return ca;
}

void
ca_free(struct ca *ca)
{
	if (ca == NULL)
		return;
	EVP_PKEY_CTX_free(ca->signer);
	EVP_PKEY_CTX_free(ca->checker);
	own_signature_free(ca->quick);
	EVP_PKEY_free(ca->key);
	X509_free(ca->certificate);
	for (size_t i = 0; i < ca->chain_count; i++)
		X509_free(ca->chain[i]);
	free(ca);
}
