/*
 * fail - every way in which a request can be refused, one value per
 * reaction. The table in est/reply.c turns each into status, public text and
 * log level; the public text never contains words of a library.
 */
#ifndef EST_FAIL_H
#define EST_FAIL_H

enum fail {
	FAIL_NONE,
	FAIL_NO_PATH,		   /* 404 */
	FAIL_METHOD,		   /* 405 with Allow */
	FAIL_MEDIA_TYPE,	   /* 415 */
	FAIL_ASK,		   /* 401, empty: no Authorization (EST-104) */
	FAIL_CODE_MAILED,	   /* 401: step 1 is done */
	FAIL_AUTHENTICATION,	   /* 401: everything else, alike (R-AUTH-4) */
	FAIL_AUTHORIZATION_HEADER, /* 400: two of them */
	FAIL_REQUEST,		   /* 400: the CSR; `why` says what */
	FAIL_BINDING,		   /* 400: channel binding, EST-236 */
	FAIL_TEMPORARY,		   /* 403: R-ACC-7 */
	FAIL_PROFILE,		   /* 403: not for this account */
	FAIL_NO_CERTIFICATE,	   /* 403: EST-183 */
	FAIL_FOREIGN,		   /* 403: EST-190 */
	FAIL_REVOKED,		   /* 403: EST-188 */
	FAIL_EXPIRED,		   /* 403: EST-188 */
	FAIL_WINDOW,		   /* 403: R-CERT-3; `why` has the day */
	FAIL_NAME_CHANGE,	   /* 403: EST-185 */
	FAIL_KEY_TAKEN,		   /* 400: EST-154, EST-161 */
	FAIL_PENDING,		   /* 202: another request is in work (F-15) */
	FAIL_THROTTLED,		   /* 429: address limit; `retry_s` */
	FAIL_BUSY,		   /* 429: too many at once for this account */
	FAIL_FULL,		   /* 503: the password queue is full */
	FAIL_UNAVAILABLE,	   /* 503: Redis, PostgreSQL or the issuer */
	FAIL_DEADLINE,		   /* 503: it took too long */
	FAIL_INTERNAL,		   /* 500 */
};

#endif
