/*
 * The issuer's half of ca: the private key, and what is done with it.
 */
#include "pki/ca.h"

#include "base/secret.h"
#include "pki/hash.h"
#include "pki/key.h"
#include "pki/own_signature.h"
#include "pki/private_key.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD_MAX 1024
#define REASON_MAX 256

/* -------------------------------------------------------------- reading */

/* Lines that begin or end a private key; one key has two. */
static size_t
key_lines(const char *text, size_t len)
{
	static const char line[] = "PRIVATE KEY-----";
	const char *at;
	size_t count = 0;

	while ((at = memmem(text, len, line, strlen(line))) != NULL) {
		count++;
		len -= (size_t)(at - text) + 1;
		text = at + 1;
	}
	return count;
}

/* The key in a PEM text, or NULL and a reason. `password`: NULL, or its. */
static EVP_PKEY *
parse_key(const char *text, size_t len, const char *password, char *reason)
{
	EVP_PKEY *key;
	bool encrypted;

	if (key_lines(text, len) != 2) {
		snprintf(
		    reason, REASON_MAX, "must hold exactly one private key");
		return NULL;
	}
	key = private_key_read(text, len, password, &encrypted);
	if (key == NULL)
		snprintf(reason, REASON_MAX, "%s",
		    !encrypted	       ? "the private key cannot be read"
		    : password != NULL ? "the password does not open it"
				       : "is encrypted and no password "
					 "file is set");
	return key;
}

static EVP_PKEY *
read_key(const struct config_ca *config, struct fault *why)
{
	char text[PRIVATE_KEY_TEXT_MAX], password[PASSWORD_MAX];
	struct fault reason;
	const char *file = config->key;
	EVP_PKEY *key = NULL;
	size_t len;

	if (!secret_read(file, text, sizeof(text), &len, &reason))
		goto out;
	if (config->key_password != NULL) {
		file = config->key_password;
		if (!secret_read_text(
			file, password, sizeof(password), &reason))
			goto out;
	}
	file = config->key;
	key = parse_key(text, len,
	    config->key_password != NULL ? password : NULL, reason.text);
out:
	secret_wipe(text, sizeof(text));
	secret_wipe(password, sizeof(password));
	if (key == NULL)
		fault_set(why, "%s: %s", file, reason.text);
	return key;
}

/* -------------------------------------------------------------- signing */

/* Contexts that are used for every signature: 3 us less for each. */
static bool
prepare(struct ca *ca)
{
	const struct key_form *form = key_form(ca->kind);
	const EVP_MD *digest;

	if (form->hash == OID_OTHER)
		return true;
	digest = hash_by_oid(form->hash);
	ca->signer = EVP_PKEY_CTX_new(ca->key, NULL);
	ca->checker = EVP_PKEY_CTX_new(X509_get0_pubkey(ca->certificate), NULL);
	if (ca->signer == NULL || ca->checker == NULL ||
	    EVP_PKEY_sign_init(ca->signer) <= 0 ||
	    EVP_PKEY_verify_init(ca->checker) <= 0)
		return false;
	if (ca->kind == KEYS_RSA &&
	    (EVP_PKEY_CTX_set_rsa_padding(ca->signer, RSA_PKCS1_PADDING) <= 0 ||
		EVP_PKEY_CTX_set_rsa_padding(ca->checker, RSA_PKCS1_PADDING) <=
		    0))
		return false;
	return EVP_PKEY_CTX_set_signature_md(ca->signer, digest) > 0 &&
	       EVP_PKEY_CTX_set_signature_md(ca->checker, digest) > 0;
}

bool
ca_open_key(struct ca *ca, const struct config_ca *config, struct fault *why)
{
	unsigned char signature[CA_SIGNATURE_MAX];
	size_t len;

	assert(ca->key == NULL);
	ca->key = read_key(config, why);
	if (ca->key == NULL)
		return false;
	if (X509_check_private_key(ca->certificate, ca->key) != 1) {
		ERR_clear_error();
		return fault_set(why, "%s: is not the key of %s", config->key,
		    config->certificate);
	}
	/* Shows on the spot that it can be used (F-78): in both ways. */
	if (!prepare(ca) || !ca_sign(ca, "koshin", 6, signature, &len))
		return fault_set(why, "%s: does not sign", config->key);
	ca->quick = own_signature_new(X509_get0_pubkey(ca->certificate));
	if (ca->quick != NULL && !ca_sign(ca, "koshin", 6, signature, &len))
		return fault_set(why, "%s: does not sign", config->key);
	return true;
}

/* The table of `quick` is of no use to who signs seldom. */
struct ca *
ca_share(const struct ca *ca)
{
	struct ca *own = calloc(1, sizeof(*own));

	if (own == NULL)
		return NULL;
	*own = *ca;
	own->signer = own->checker = NULL;
	own->quick = NULL;
	X509_up_ref(own->certificate);
	for (size_t i = 0; i < own->chain_count; i++)
		X509_up_ref(own->chain[i]);
	EVP_PKEY_up_ref(own->key);
	if (prepare(own))
		return own;
	ca_free(own);
	return NULL;
}

void
ca_put_algorithm(const struct ca *ca, struct buf *out)
{
	size_t mark = der_open(out, DER_SEQUENCE);

	oid_put(out, key_form(ca->kind)->signature);
	if (ca->kind == KEYS_RSA) /* RFC 4055 5 */
		der_put(out, DER_NULL, NULL, 0);
	der_close(out, mark);
}

/* Ed25519 takes the bytes themselves. */
static bool
sign_bytes(const struct ca *ca, const void *bytes, size_t len,
    unsigned char *signature, size_t *signature_len)
{
	EVP_MD_CTX *sign = EVP_MD_CTX_new(), *check = EVP_MD_CTX_new();
	bool good =
	    sign != NULL && check != NULL &&
	    EVP_DigestSignInit(sign, NULL, NULL, NULL, ca->key) > 0 &&
	    EVP_DigestSign(sign, signature, signature_len, bytes, len) > 0 &&
	    EVP_DigestVerifyInit(check, NULL, NULL, NULL,
		X509_get0_pubkey(ca->certificate)) > 0 &&
	    EVP_DigestVerify(check, signature, *signature_len, bytes, len) == 1;

	EVP_MD_CTX_free(sign);
	EVP_MD_CTX_free(check);
	return good;
}

static bool
check(const struct ca *ca, const unsigned char *digest, unsigned digest_len,
    const unsigned char *signature, size_t len)
{
	if (ca->quick != NULL)
		return digest_len == OWN_SIGNATURE_DIGEST &&
		       own_signature_good(ca->quick, digest, signature, len);
	return EVP_PKEY_verify(
		   ca->checker, signature, len, digest, digest_len) == 1;
}

bool
ca_sign(const struct ca *ca, const void *bytes, size_t len,
    unsigned char *signature, size_t *signature_len)
{
	const struct key_form *form = key_form(ca->kind);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_len;
	bool good;

	*signature_len = CA_SIGNATURE_MAX;
	if (form->hash == OID_OTHER) {
		good = sign_bytes(ca, bytes, len, signature, signature_len);
	} else {
		good = EVP_Digest(bytes, len, digest, &digest_len,
			   hash_by_oid(form->hash), NULL) &&
		       EVP_PKEY_sign(ca->signer, signature, signature_len,
			   digest, digest_len) > 0 &&
		       check(ca, digest, digest_len, signature, *signature_len);
	}
	ERR_clear_error();
	return good;
}
