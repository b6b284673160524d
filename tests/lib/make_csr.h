/*
 * make_csr - certification requests, made by OpenSSL: one P-256 key for the
 * whole program.
 */
#ifndef TESTS_LIB_MAKE_CSR_H
#define TESTS_LIB_MAKE_CSR_H

#include <stddef.h>

struct make_csr {
	const char *common_name;
	const char *challenge; /* challengePassword, or NULL */
	const char *otp;       /* otpChallenge, or NULL */
	const char *email;     /* subjectAltName, or NULL */
	int spoiled;	       /* the signature is wrong */
	int changes_name;      /* ChangeSubjectName is in it */
};

/* base64, one line; lives until the next one. */
const char *make_csr(const struct make_csr *);
/* Of the last one: DER, and DER of its subject (lives as long). */
const unsigned char *make_csr_der(size_t *len);
const unsigned char *make_csr_subject(size_t *len);
const unsigned char *make_csr_key(size_t *len); /* SubjectPublicKeyInfo */
void make_csr_end(void);

#endif
