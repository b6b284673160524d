/*
 * made_key - keys that are made here, for people whose browsers may make none
 * (keymaker/keymaker.h), with what goes round with them: a certification
 * request, and at the end a file.
 *
 * Owns:    nothing; a key is the caller's, by EVP_PKEY_free(), which wipes it.
 * Fails:   NULL or false: no memory, or what was given is no such thing.
 * Threads: any; making an RSA key takes a tenth of a second and more.
 */
#ifndef PKI_MADE_KEY_H
#define PKI_MADE_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/must.h"
#include "pki/der.h"
#include "policy/keys.h"

/* A new one, of that kind. */
MUST_CHECK EVP_PKEY *made_key_new(enum keys_people);
/* PKCS#8, as DER. */
MUST_CHECK bool made_key_write(EVP_PKEY *, struct buf *out);
/* Of what that has written. */
MUST_CHECK EVP_PKEY *made_key_read(const unsigned char *der, size_t len);
/* PKCS#10, as DER. The name in it is for who reads it: that in the certificate
 * is the issuer's (R-CERT-7). */
MUST_CHECK bool made_key_request(EVP_PKEY *, const char *name, struct buf *out);

/* Two forms of PKCS#12, as the pages make them (portal/pages/p12.js). */
enum made_key_form {
	MADE_KEY_NEW, /* PBES2, AES-256-CBC, SHA-256, 10,000 rounds */
	MADE_KEY_OLD, /* triple DES, SHA-1, 2,048 rounds: Apple, old Android */
	MADE_KEY_FORMS,
};

struct made_key_file {
	enum made_key_form form;
	const char *name;	/* that a picker shows */
	const char *passphrase; /* ASCII */
	/* The certificate of this very key, then those above it, one behind the
	 * other. */
	const unsigned char *certificates;
	size_t certificates_len;
};

/* False, too, where the first certificate is of another key. */
MUST_CHECK bool made_key_file(
    EVP_PKEY *, const struct made_key_file *, struct buf *out);

#endif
