/*
 * csr - a certification request (PKCS #10, RFC 2986), from the body of the
 * request to the few things that we want of it: the public key, the proof
 * that the sender has the private one, and the attributes that EST gives a
 * meaning to. Nothing else of it reaches a certificate (R-CERT-7).
 *
 * Refusals are one sentence for the client (status 400), NULL means good.
 * They are told only after full authentication (EST-112).
 *
 * Decodes everything once and without OpenSSL's key decoder, which costs
 * more than the signature check:
 *
 *	csr_decode -> csr_read -> csr_prove -> csr_judge
 */
#ifndef PKI_CSR_H
#define PKI_CSR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/must.h"
#include "pki/der.h"
#include "policy/facts.h"
#include "policy/keys.h"
#include "policy/profile.h"

struct csr {
	struct der whole;     /* the request, DER */
	struct digest digest; /* SHA-256 of it */
	struct der subject;   /* Name, with header */
	struct der spki;      /* SubjectPublicKeyInfo, with header */
	struct der info;      /* what is signed, with header */
	struct der algorithm; /* of the signature, content */
	struct der signature;
	struct digest key_digest;   /* SHA-256 of spki */
	struct digest key_identity; /* of pki/key.h */
	struct keys_facts key;	    /* of csr_prove() */
	struct der names; /* requested subjectAltName: GeneralNames, or
			      * empty */
	/* Texts, white space trimmed; `at` is NULL where there is none. */
	struct der challenge; /* challengePassword: channel binding, EST-231 */
	struct der linking;   /* estIdentityLinking, RFC 7894 */
	struct der otp;	      /* otpChallenge, RFC 7894 3 */
	bool changes_name;    /* ChangeSubjectName, EST-185 */
	bool has_usage;	      /* keyUsage was asked for, EST-157 */
	unsigned usage; /* enum profile_key_usage, or-ed: the known of it */
	bool has_extended_usage; /* so was extendedKeyUsage */
	unsigned extended_usage; /* enum profile_eku, or-ed */
};

/*
 * The reason of csr_decode() when somebody sent a private key: compare the
 * pointer, wipe the body, say so in the log (D-12). What was decoded of it is
 * wiped already.
 */
extern const char csr_private_key[];

/*
 * Body of a request -> DER: base64, with white space (EST-080..083), PEM if
 * `pem` is set. Limits have been looked at before.
 */
MUST_CHECK const char *csr_decode(
    struct arena *, const void *body, size_t len, bool pem, struct der *der);

/*
 * Structure and attributes, without trust: nobody has proved anything yet.
 * `csr` lives as the arena, and is NULL where the request is refused.
 */
MUST_CHECK const char *csr_read(
    struct arena *, const struct der *der, struct csr **csr);

/* The key, and that the sender has its other half (EST-151). */
MUST_CHECK const char *csr_prove(struct csr *);

/*
 * What the profile demands: key rules, requested usages (EST-153..158); and
 * what only keys of an allowed size are worth: is an RSA modulus prime?
 */
MUST_CHECK const char *csr_judge(const struct csr *, const struct profile *);

/*
 * A reason of these two, and behind it what the profile would take, if the
 * reason is a matter of that (C-11).
 */
const char *csr_advise(struct arena *, const struct csr *,
    const struct profile *, const char *reason);

/* Do these two take milliseconds, as RSA does, and not 0.1? */
bool csr_slow(const struct csr *);
/*
 * As much of it as these two need, in memory of its own, for another thread.
 * NULL: no memory. Free it with csr_copy_free() on the thread that made it.
 */
MUST_CHECK struct csr *csr_copy(const struct csr *);
void csr_copy_free(struct csr *);

/*
 * Was the request made for the connection whose channel binding is `value`
 * (RFC 7030 3.5)? challengePassword and estIdentityLinking, where present, are
 * equal to it, and one of them is present when `required`. Constant time.
 */
MUST_CHECK bool csr_linked(
    const struct csr *, const char *value, size_t len, bool required);

/*
 * Subject and subjectAltName of the request against those of the certificate
 * that is renewed, compared as names (EST-184, RFC 5280 7.1).
 */
MUST_CHECK const char *csr_same_names(const struct csr *,
    const struct der *subject, const struct der *general_names);

/*
 * The public key alone, as the issuer takes it from a front: the same rules
 * for its encoding; `facts` is filled. NULL means good.
 */
MUST_CHECK const char *csr_read_key(
    const struct der *spki, struct keys_facts *facts);

#endif
