/*
 * ca - the certification authority's material: certificates that everybody
 * may have, and the key that only the issuer process loads.
 *
 * Checked when opened: keyCertSign, path length, key and certificate fit,
 * chain in order up to a self-signed root, nothing expired (X-09, EST-134).
 */
#ifndef PKI_CA_H
#define PKI_CA_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/must.h"
#include "config/config.h"
#include "pki/der.h"
#include "policy/facts.h"
#include "policy/keys.h"

#define CA_CHAIN_MAX 8

struct own_signature;

struct ca {
	X509 *certificate;	   /* of the issuing CA */
	X509 *chain[CA_CHAIN_MAX]; /* above it, the root last */
	size_t chain_count;
	struct der subject;	  /* byte-equal issuer name for what we issue */
	unsigned char key_id[64]; /* its SKI, our AKI */
	size_t key_id_len;
	enum keys_kind kind;
	time_t not_after; /* the earliest of it and those above it */
	EVP_PKEY *key;	  /* NULL outside the issuer */
	EVP_PKEY_CTX *signer, *checker; /* of `key`; NULL for Ed25519 */
	struct own_signature *quick;	/* in place of `checker`, or NULL */
};

/* NULL and a reason (`file: what is wrong`) when something does not fit. */
MUST_CHECK struct ca *ca_open(const struct config_ca *, struct fault *why);
/* The issuer's half: reads the key. False and a reason. */
MUST_CHECK bool ca_open_key(
    struct ca *, const struct config_ca *, struct fault *why);
/* For another thread, with the key: it has the same certificates and key, and
 * contexts of its own to sign with. NULL: no memory. */
MUST_CHECK struct ca *ca_share(const struct ca *);
void ca_free(struct ca *);

/* The signature algorithm of what this CA signs, AlgorithmIdentifier DER. */
void ca_put_algorithm(const struct ca *, struct buf *);
/*
 * Signs, and checks the signature with the certificate's public key; false
 * if it does not verify (F-80). One thread at a time.
 */
MUST_CHECK bool ca_sign(const struct ca *, const void *bytes, size_t len,
    unsigned char *signature, size_t *signature_len);
#define CA_SIGNATURE_MAX 1024

/*
 * Makes a root, an issuing CA below it and a TLS server certificate by the
 * root, with keys, for `koshin init`: ca/root, ca/issuing and tls/server, each
 * .pem and .key; but the root's key, of mode 0400, where it is to be taken away
 * from. Existing files are never overwritten; when something fails,
 * what was made is removed.
 */
struct ca_make {
	const char *folder;		 /* ca/ and tls/ are made in it */
	const char *root_key;		 /* file for that of the root */
	const char *name;		 /* O of the subjects */
	const char *const *server_names; /* DNS names and IP addresses */
	size_t server_name_count;
	/* Where the root's certificate and CRL will be: AIA and CDP of the
	 * issuing CA's certificate. Or NULL. */
	const char *issuer_url;
	const char *crl_url;
};
MUST_CHECK bool ca_make(const struct ca_make *, struct fault *why);

#endif
