/*
 * notice - which notice a certificate that nears its end draws (R-MAIL-1):
 * 30 days before the day it expires, 10 days before, and when it has expired.
 * Always the latest that is due and no other, so that nobody gets three of
 * them after days of downtime.
 *
 * Days are those of policy/validity: of the service's zone. They are counted
 * once, from the present day; a certificate is then compared with moments
 * only, here and in koshin.notice_kind() (db/schema/functions_courier.sql)
 * alike, for a million of them at a time.
 */
#ifndef POLICY_NOTICE_H
#define POLICY_NOTICE_H

#include <stdbool.h>
#include <time.h>

#include "base/must.h"

#define NOTICE_FIRST_DAYS 30
#define NOTICE_SECOND_DAYS 10

enum notice {
	NOTICE_NONE,
	NOTICE_EXPIRES_30,
	NOTICE_EXPIRES_10,
	NOTICE_EXPIRED,
};

struct notice_limits {
	time_t at;	      /* the present: what ended before has expired */
	time_t second_before; /* what ends before this is in its last days */
	time_t first_before;  /* what ends before this draws any notice */
};

/* False if the calendar cannot say it. */
MUST_CHECK bool notice_limits(time_t now, struct notice_limits *);

/*
 * A certificate that never had so many days before it draws no notice about
 * them: it would come with the certificate itself.
 */
enum notice notice_due(
    const struct notice_limits *, time_t not_before, time_t not_after);

/* From when on it is due; 0 for NOTICE_NONE. */
time_t notice_since(enum notice, time_t not_after);

/* Its name as a kind of mail (mailer/mail_kinds.c); NULL for NOTICE_NONE. */
const char *notice_kind(enum notice);

#endif
