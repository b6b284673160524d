/*
 * fake_issuer - the front's end of issuer/ask.h. Its question is called issue.
 */
#ifndef TESTS_LIB_FAKE_ISSUE_H
#define TESTS_LIB_FAKE_ISSUE_H

#include "issuer/ask.h"

struct fake_issue {
	struct issuer_answer answer;
	const struct secret_key *grant_key; /* signs receipts; or NULL */
	/* heard */
	struct issuer_question asked;
	int64_t limit_ms;
	unsigned marked;	 /* told to be installed: so often, */
	struct serial installed; /* and which */
};

extern struct fake_issue fake_issue;

/* Issues a "certificate" of a few bytes. */
void fake_issue_reset(void);

#endif
