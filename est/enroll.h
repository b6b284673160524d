/*
 * enroll - /simpleenroll and /simplereenroll: password, mailed code,
 * certificate (est-conformance 4.2), or certificate alone (R-CERT-10).
 *
 * The table in enroll.c is the way of such a request; its steps stand in
 * credentials.c (who asks) and certificate.c (the CSR and its certificate).
 */
#ifndef EST_ENROLL_H
#define EST_ENROLL_H

#include "est/est.h"
#include "http/basic.h"
#include "http/client_certificate.h"
#include "pki/csr.h"

/*
 * Where the proof of the person stands; who fails is refused at once.
 * proof_set() knows these ways:
 *
 *	UNPROVEN --> PASSWORD	step 1: a code has been mailed
 *	    |            |
 *	    |            v	or there is an otpChallenge (RFC 7894 3)
 *	    +--------> CODE	step 2: a code was given
 *	    |            |
 *	    v            +---> PROVEN or AGAIN
 *	CERTIFICATE		nothing else is asked for, or looked at
 */
enum enroll_proof {
	ENROLL_UNPROVEN,
	ENROLL_CERTIFICATE, /* the client certificate is all that is needed */
	ENROLL_PASSWORD,    /* step 1: the password is right */
	ENROLL_CODE,	    /* step 2: a code was given with it */
	ENROLL_PROVEN,	    /* the code was right */
	ENROLL_AGAIN,	    /* and had been spent for this very request */
	ENROLL_PROOFS,	    /* how many there are */
};

struct enroll {
	enum enroll_proof proof; /* proof_set() changes it */
	struct basic auth;	 /* user NULL: no or no well-formed header */
	bool has_authorization;	 /* one that is looked at */
	struct client_certificate presented;
	struct facts_holder holder; /* user_id: only once he has proved it */

	struct auth_handle attempt; /* of a password; 0: none was sent */
	char code[CODE_DIGITS + 1];

	struct decision decision;
	struct csr *csr;	  /* NULL: not read, or it cannot be */
	enum refusal csr_refusal; /* what is wrong with it; kept for later */
	const char *csr_why;
	struct issuer_question ask;

	/* for the log line */
	const char *user;     /* only after the password was right (EST-300) */
	const char *key_kind; /* of the CSR, e.g. "p256" */
	bool issued;
	struct serial serial;  /* of what was issued */
	struct digest receipt; /* of the issuer, for auth */
	const char *note;      /* e.g. "again" */
	/* "yes": a secret took a place and was judged (I-7). "no": it was
	 * not looked at. "unknown": the request ended before that was known.
	 * NULL: there was none. */
	const char *evaluated;
};

extern const struct endpoint simpleenroll_endpoint, simplereenroll_endpoint;

static inline struct enroll *
enroll_of(const struct flow *f)
{
	return f->state;
}

static inline enum decide_operation
enroll_operation(const struct flow *f)
{
	return f->endpoint == &simplereenroll_endpoint ? DECIDE_REENROLL
						       : DECIDE_ENROLL;
}

/*
 * The certificate is all, and its window is closed: then there is nothing but
 * what was issued for this very request, if it was, and nothing to prove.
 */
static inline bool
enroll_too_early(const struct flow *f)
{
	const struct enroll *e = enroll_of(f);

	return e->proof == ENROLL_CERTIFICATE &&
	       e->decision.verdict == DECIDE_WINDOW;
}

/* The CSR carries the code (RFC 7894 3): a second step, whatever else it is. */
static inline bool
enroll_has_otp(const struct flow *f)
{
	const struct csr *csr = enroll_of(f)->csr;

	return csr != NULL && csr->otp.at != NULL;
}

/* The one way to another proof. Any but those above ends the process. */
void proof_set(struct enroll *, enum enroll_proof);

#endif
