/*
 * refusal - every way in which EST refuses a request, one value per reaction.
 * The table in refusal.c turns each into status, public text and log level;
 * the public text never contains words of a library. What any door would
 * refuse (a wrong method, a deadline) is http/engine.c's.
 */
#ifndef EST_REFUSAL_H
#define EST_REFUSAL_H

#include "http/flow.h"

enum refusal {
	REFUSAL_NONE,
	REFUSAL_NO_PATH,	/* 404: no path of EST */
	REFUSAL_NO_OPERATION,	/* 404: one, but of no operation */
	REFUSAL_NOT_OFFERED,	/* 404: of one that is not built (EST-061) */
	REFUSAL_NO_LABEL,	/* 404: of one, under a label that is none */
	REFUSAL_NO_CSRATTRS,	/* 404, silent: RFC 7030 4.5.2 */
	REFUSAL_MEDIA_TYPE,	/* 415 */
	REFUSAL_TWO_TYPES,	/* 400: which one counts? (C-28) */
	REFUSAL_ASK,		/* 401, empty: no Authorization (EST-104) */
	REFUSAL_CODE_MAILED,	/* 401: step 1 is done, a code goes by mail */
	REFUSAL_CODE_OUT,	/* 401: so it is, one has gone before (C-24) */
	REFUSAL_CODE_HELD,	/* 401: so it is, but none goes now */
	REFUSAL_CODE_FAILED,	/* 401: so it is, but the last came back */
	REFUSAL_AUTHENTICATION, /* 401: all else, alike: R-AUTH-3, R-AUTH-4 */
	REFUSAL_AUTHORIZATION_HEADER, /* 400: two of them */
	REFUSAL_REQUEST,	      /* 400: the CSR; the text says what */
	REFUSAL_BINDING,	      /* 400: channel binding (EST-236) */
	REFUSAL_TEMPORARY,	/* 403: the password is temporary (R-ACC-7) */
	REFUSAL_PROFILE,	/* 403: not for this account */
	REFUSAL_OTHER_PROFILE,	/* 403: not that of the certificate */
	REFUSAL_NO_CERTIFICATE, /* 403: of a renewal (EST-183) */
	REFUSAL_FOREIGN,	/* 403: another account's (EST-190) */
	REFUSAL_REVOKED,	/* 403: the certificate is (EST-188) */
	REFUSAL_EXPIRED,	/* 403: enroll anew (EST-188) */
	REFUSAL_WINDOW,		/* 403: R-CERT-3; the text has the day */
	REFUSAL_NAME_CHANGE,	/* 403: it asks for another name (EST-185) */
	REFUSAL_KEY_TAKEN, /* 400: another's, or revoked (EST-154, EST-161) */
	REFUSAL_PENDING,   /* 202: another one is in work (F-15) */
	REFUSAL_THROTTLED, /* 429: address limit; flow->retry_s */
	REFUSAL_CERTIFICATE_RATE, /* 429: renewals by one certificate alone */
	REFUSAL_BUSY,		  /* 429: too many at once for this account */
	REFUSAL_FULL,		  /* 503: too many wait for a check */
	REFUSAL_UNAVAILABLE,	  /* 503: Redis, PostgreSQL or the issuer */
	REFUSAL_INTERNAL,	  /* 500 */
	REFUSALS,		  /* how many there are */
};

/* One row for each; [REFUSAL_NONE] is empty. */
extern const struct flow_refusal refusals[REFUSALS];

/* For steps: `return est_refuse(f, REFUSAL_X);` */
enum flow_next est_refuse(struct flow *, enum refusal);

/*
 * The same with a sentence of its own (NULL: that of the row), which lives as
 * long as the flow.
 */
enum flow_next est_refuse_because(
    struct flow *, enum refusal, const char *text);

#endif
