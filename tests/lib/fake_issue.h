/*
 * fake_issue - the front's end of issuer/issue.h. Its question is called issue.
 */
#ifndef TESTS_LIB_FAKE_ISSUE_H
#define TESTS_LIB_FAKE_ISSUE_H

#include "issuer/issue.h"

struct fake_issue {
	struct issue_answer answer;
	/* heard */
	struct issue_ask asked;
	int64_t limit_ms;
};

extern struct fake_issue fake_issue;

/* Issues a "certificate" of a few bytes. */
void fake_issue_reset(void);

#endif
