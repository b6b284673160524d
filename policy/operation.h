/*
 * operation - the words that stand last in an EST path. A label (a profile's
 * name) stands where a word could, so it may be none of them (EST-064).
 */
#ifndef POLICY_OPERATION_H
#define POLICY_OPERATION_H

#include <stdbool.h>

#include "base/must.h"

enum operation {
	/* RFC 7030 3.2.2, those that we answer */
	OPERATION_CACERTS,
	OPERATION_CSRATTRS,
	OPERATION_SIMPLEENROLL,
	OPERATION_SIMPLEREENROLL,
	OPERATION_ANSWERED, /* how many these are */
	/* RFC 7030 3.2.2, the others; RFC 8295 1 (EST-292) */
	OPERATION_SERVERKEYGEN = OPERATION_ANSWERED,
	OPERATION_FULLCMC,
	OPERATION_PAL,
	OPERATION_EECERTS,
	OPERATION_CRLS,
	OPERATION_SYMMETRICKEYS,
	OPERATION_FIRMWARE,
	OPERATION_TAMP,
	OPERATION_RETURN,
	OPERATIONS,
};

/* The operation of a word. False: it is a word of none of them. */
MUST_CHECK bool operation_find(const char *word, enum operation *);

#endif
