/*
 * made_certificate - an order to pki/tbs, and the certificate that comes of
 * it: of a CA of its own, for a person, as the profile says. Whoever takes it
 * fakes the clock.
 */
#ifndef TESTS_LIB_MADE_CERTIFICATE_H
#define TESTS_LIB_MADE_CERTIFICATE_H

#include "pki/tbs.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* 2022-05-25 18:39:06 in Tokyo, the example of R-CERT-1 and R-CERT-7. */
#define MADE_AT 1653471546
#define MADE_LAST_SECOND 1685026799 /* 2023-05-25 23:59:59 in Tokyo */

/* What an order is filled with; a test may change them before. */
extern struct config_ca made_config;
extern struct ca *made_ca;
extern struct profile made_profile;
extern struct facts_account made_account;

/* An order and what becomes of it. */
struct made {
	struct tbs_order order;
	struct buf tbs, whole;
	unsigned char *spki;
	X509 *x;
};

/* For a group of tests, and before each of them. */
int made_begin_group(void **state);
int made_end_group(void **state);
int made_begin(void **state);

/* Of the root above made_ca, to be freed. */
EVP_PKEY *made_root_key(void);

/* Takes the key. */
void made_order(struct made *, EVP_PKEY *);
/* Builds, signs and checks what is ordered. */
void made_sign(struct made *);
/* Both. */
void made_issue(struct made *, EVP_PKEY *);
struct der made_whole(const struct made *);
void made_free(struct made *);

#endif
