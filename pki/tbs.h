/*
 * tbs - the to-be-signed part of a certificate, from profile, account and
 * public key; and the check that a finished certificate is what the profile
 * says (K9, S-23).
 */
#ifndef PKI_TBS_H
#define PKI_TBS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "base/must.h"
#include "pki/ca.h"
#include "policy/facts.h"
#include "policy/profile.h"

struct tbs_order {
	const struct ca *ca;
	const struct config_ca *urls;
	const struct profile *profile;
	const struct facts_account *account;
	struct serial serial; /* from tbs_serial() */
	struct der spki;      /* has been read with key_read() */
	enum keys_kind kind;  /* of it */
	time_t now;
	/* filled in */
	time_t not_before, not_after;
	char subject[512]; /* RFC 4514 text, escaped */
};

/* 159 random bits: positive, 20 octets, never the same twice (EST-192). */
struct serial tbs_serial(void);

/* NULL, or why this certificate cannot be made. */
MUST_CHECK const char *tbs_build(struct tbs_order *, struct buf *out);

/*
 * The last look before a certificate is recorded (K9): read back with the
 * reader, field by field, against the order that tbs_build() has filled in.
 * NULL, or what is wrong with it.
 */
MUST_CHECK const char *tbs_check(
    const struct tbs_order *, const struct der *certificate);

/* tbs + signature -> certificate. */
MUST_CHECK bool tbs_finish(const struct ca *, const struct buf *tbs,
    const unsigned char *signature, size_t signature_len, struct buf *out);

/* Whole extensions (RFC 5280 4.2.1.13, 4.2.2.1); none where there is no URL. */
void tbs_put_crl_url(const char *url, struct buf *out);
void tbs_put_access_urls(const char *ocsp, const char *issuer, struct buf *out);

#endif
