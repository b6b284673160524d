/*
 * koshin ca - the certificates of the CA, from the configured files.
 */
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/listing.h"
#include "est/ca.h"

static const char *const columns[] = { "subject", "serial", "not_before",
	"not_after", "fingerprint", NULL };

/* Opens both; works on the certificates from the issuing CA up. */
static enum command_exit
with_ca(const struct command_line *line,
    enum command_exit (*work)(const struct command_line *, const struct ca *))
{
	struct config *config = desk_config(line, false);
	struct ca *ca = NULL;
	enum command_exit status = COMMAND_FAILED;
	char why[512];

	if (config == NULL)
		return COMMAND_FAILED;
	ca = ca_open(&config->ca, why, sizeof(why));
	if (ca == NULL)
		command_say("%s", why);
	else
		status = work(line, ca);
	ca_free(ca);
	config_free(config);
	return status;
}

static int64_t
epoch(const ASN1_TIME *at)
{
	struct tm utc;

	return ASN1_TIME_to_tm(at, &utc) == 1 ? (int64_t)timegm(&utc) : 0;
}

static char *
subject_of(const X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes, *text;
	long len;

	if (bio == NULL || X509_NAME_print_ex(bio, X509_get_subject_name(x), 0,
			       XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
		abort();
	len = BIO_get_mem_data(bio, &bytes);
	text = strndup(bytes, (size_t)len);
	BIO_free(bio);
	return text;
}

static void
put_hex(struct listing *l, const unsigned char *bytes, size_t len)
{
	char text[2 * EVP_MAX_MD_SIZE + 1] = "";

	for (size_t i = 0; i < len && i < EVP_MAX_MD_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	listing_text(l, text);
}

static void
put_certificate(struct listing *l, const X509 *x)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	char *subject = subject_of(x);

	listing_text(l, subject);
	free(subject);
	put_hex(l, ASN1_STRING_get0_data(serial),
	    (size_t)ASN1_STRING_length(serial));
	listing_time(l, epoch(X509_get0_notBefore(x)));
	listing_time(l, epoch(X509_get0_notAfter(x)));
	X509_digest(x, EVP_sha256(), digest, &len);
	put_hex(l, digest, len);
}

static enum command_exit
show(const struct command_line *line, const struct ca *ca)
{
	struct listing *l = listing_new(columns);

	put_certificate(l, ca->certificate);
	for (size_t i = 0; i < ca->chain_count; i++)
		put_certificate(l, ca->chain[i]);
	listing_print(l, command_given(line, "--json"));
	listing_free(l);
	return COMMAND_DONE;
}

static enum command_exit
run_show(const struct command_line *line)
{
	return with_ca(line, show);
}

const struct command ca_show = { "ca", "show", NULL,
	"shows the CA's certificates, the issuing one first",
	(const struct command_option[]){
	    COMMAND_JSON, COMMAND_CONFIG, COMMAND_END },
	run_show };

static enum command_exit export(
    const struct command_line *line, const struct ca *ca) {
	X509 *root = ca->chain_count > 0 ? ca->chain[ca->chain_count - 1]
					 : ca->certificate;

	    if (command_given(line, "--root")){ PEM_write_X509(stdout, root);
		    return COMMAND_DONE;
}
PEM_write_X509(stdout, ca->certificate);
for (size_t i = 0; i < ca->chain_count; i++)
	PEM_write_X509(stdout, ca->chain[i]);
return COMMAND_DONE;
}

static enum command_exit
run_export(const struct command_line *line)
{
	return with_ca(line, export);
}

const struct command ca_export = { "ca", "export", NULL,
	"writes the CA's certificates to standard output, as PEM",
	(const struct command_option[]){
	    { "--root", NULL, "the root alone", false, false }, COMMAND_CONFIG,
	    COMMAND_END },
	run_export };
