/*
 * enroll - /simpleenroll and /simplereenroll: password, mailed code,
 * certificate (est-conformance 4.2), or certificate alone (R-CERT-10).
 *
 * The table in enroll.c is the way of such a request; its steps stand in
 * credentials.c (who asks), count.c (attempts and locks), onetime.c (the
 * code) and order.c (the CSR and its certificate).
 */
#ifndef EST_ENROLL_H
#define EST_ENROLL_H

#include "http/basic.h"
#include "pki/csr.h"
#include "est/flow.h"
#include "http/client_certificate.h"

/* Where the proof of the person stands. */
enum enroll_proof {
	ENROLL_UNPROVEN,
	ENROLL_CERTIFICATE, /* the client certificate is all that is needed */
	ENROLL_WRONG,	    /* no password, wrong code: one answer for all */
	ENROLL_PASSWORD,    /* step 1: the password is right */
	ENROLL_CODE,	    /* step 2: a code was given with it */
	ENROLL_PROVEN,	    /* the code was right */
	ENROLL_AGAIN,	    /* and had been spent for this very request */
};

struct enroll {
	enum decide_operation operation;
	enum enroll_proof proof;
	struct basic auth; /* user NULL: no or no well-formed header */
	bool has_authorization;
	struct client_certificate presented;
	struct facts_holder holder;

	struct attempts_who who;
	bool place;  /* taken in Redis and not settled */
	bool locked; /* PostgreSQL says: not to be evaluated */
	struct code_candidates candidates;
	char code[CODE_DIGITS + 1];
	unsigned char nonce[CODE_NONCE_SIZE];
	unsigned char code_id[ATTEMPTS_OPERATION_SIZE];
	struct accounts_lock lock; /* to be told to PostgreSQL; number 0: no */

	struct decision decision;
	struct der der;	    /* the CSR, decoded */
	struct csr *csr;    /* read and good, or NULL */
	enum fail csr_fail; /* what is wrong with it */
	const char *csr_why;
	struct issuer_question ask;
	unsigned char serial[FACTS_SERIAL_SIZE];
};

static inline struct enroll *
enroll_of(struct flow *f)
{
	return f->state;
}

extern const struct step enroll_steps[];

#endif
