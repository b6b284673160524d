/*
 * problem - every way in which the portal refuses a request, one value per
 * reaction. The table in problem.c turns each into status and log level, and
 * into the `code` and `detail` that a page reads (portal/openapi.yaml). Who has
 * proved nothing gets what the row alone says, so that all get the same.
 */
#ifndef PORTAL_PROBLEM_H
#define PORTAL_PROBLEM_H

#include <time.h>

#include "base/buf.h"
#include "http/flow.h"

enum problem {
	PROBLEM_NONE,
	PROBLEM_NOT_FOUND,  /* 404 */
	PROBLEM_METHOD,	    /* 405 */
	PROBLEM_HOST,	    /* 421: the Host is none of ours */
	PROBLEM_INTERNAL,   /* 500 */
	PROBLEM_DOWN,	    /* 503: a store, auth, the issuer, or no memory */
	PROBLEM_FOREIGN,    /* 403: it does not come from our page (J-01) */
	PROBLEM_MEDIA_TYPE, /* 415 */
	PROBLEM_JSON,	    /* 400: no JSON that can be read */
	PROBLEM_FIELD,	    /* 400: a member of it */
	PROBLEM_LOGIN,	    /* 401: all alike, R-AUTH-3, R-AUTH-4 */
	PROBLEM_SESSION,    /* 401: none, or what it rests on has gone */
	PROBLEM_CERTIFICATE_MISSING, /* 403, and so the next; choose_at */
	PROBLEM_CERTIFICATE_WRONG,   /* of another CA, or of no person */
	PROBLEM_CERTIFICATE_FOREIGN, /* of another user than who logs in */
	PROBLEM_CERTIFICATE_REVOKED,
	PROBLEM_CERTIFICATE_EXPIRED,
	PROBLEM_TEMPORARY,  /* 403: the password is temporary (R-ACC-7) */
	PROBLEM_ENTITLED,   /* 403: no certificate for this account */
	PROBLEM_WINDOW,	    /* 403: R-CERT-3; opens_on, replace_until */
	PROBLEM_CODE,	    /* 403: wrong, or late, or of another request */
	PROBLEM_LOCKED,	    /* 403: so it was, and the account is locked now */
	PROBLEM_CSR,	    /* 400: the request */
	PROBLEM_KEY,	    /* 400: another's, or given up (EST-154, EST-161) */
	PROBLEM_PENDING,    /* 409: another one is in work (F-15) */
	PROBLEM_CONTRACT,   /* 401: a contract's, as PROBLEM_LOGIN */
	PROBLEM_REGISTERED, /* 409: the password is not temporary */
	PROBLEM_TAKEN,	    /* 409: somebody's user ID (R-ACC-3) */
	PROBLEM_SAME,	    /* 400: the old password itself */
	PROBLEM_PASSWORD,   /* 403: not the one of today, in the member area */
	PROBLEM_OFTEN,	    /* 403: another address, as often as may be (T3) */
	PROBLEM_LINK,	    /* 404: of a mail, was used, or its time is over */
	PROBLEM_ELSEWHERE,  /* 409: the session is at another step */
	PROBLEM_MASTER,	    /* 403: the desk is a master's */
	PROBLEM_NOT_YOURS,  /* 403: it is somebody else's to do */
	PROBLEM_LIMIT,	    /* 403: as often as a master may (T6, T7) */
	PROBLEM_NO_USER,    /* 404: none in this contract (J-09) */
	PROBLEM_STATE,	    /* 409: not of a user in that state */
	PROBLEM_NOT_THERE,  /* 404: at the operator's desk, what is asked for */
	PROBLEM_NOT_HERE,   /* 403: not at that desk, or not by that operator */
	PROBLEM_SECOND,	    /* 403: with a second operator only (R-OPS-4) */
	PROBLEM_ANOTHER,    /* 403: so is another master of a contract */
	PROBLEM_PROPOSED,   /* 409: that is proposed, and waits */
	PROBLEM_NUMBER,	    /* 409: another contract's (R-ACC-1) */
	PROBLEM_FILES,	    /* 403: no more files of that key (R-CERT-8) */
	PROBLEM_THROTTLED,  /* 429: address limit */
	PROBLEM_BUSY,	    /* 429: too many at once for this account */
	PROBLEM_MALFORMED,  /* 400, 411, 417, 501, 505: no plain HTTP/1.1 */
	PROBLEM_TOO_LARGE,  /* 413, 414, 431 */
	PROBLEM_TOO_SLOW,   /* 408 */
	PROBLEMS,	    /* how many there are */
};

#define PROBLEM_FIELDS_MAX 8

/* What else is told, where it is known; all zero: nothing. */
struct problem_more {
	/* Of the request, that are at fault. */
	const char *fields[PROBLEM_FIELDS_MAX];
	const char *reason; /* a sentence in English, for its maker */
	bool has_tries;
	unsigned tries_left;
	time_t retry_at;
	time_t opens_on; /* a day of the service's calendar */
	time_t
	    replace_until; /* a moment; until then it may be, by R-CERT-12, */
	bool revocable;	   /* or whenever its holder wants it (R-CERT-6) */
	const char *choose_at; /* where a browser asks for a certificate anew */
};

/* For steps: `return problem_refuse(f, PROBLEM_X);` */
enum flow_next problem_refuse(struct flow *, enum problem);

/* The door's tell() (http/engine.h): a problem for what is below /api/, a
 * page for what is not there, and else a line of text. */
void problem_tell(struct flow *);

/* The door's tell_unread(): a problem, whatever was to be asked for. */
#define PROBLEM_TYPE "application/problem+json"
void problem_tell_unread(int status, const char *languages, struct buf *body);

#endif
