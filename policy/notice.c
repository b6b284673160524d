#include "policy/notice.h"

#include <stddef.h>

#include "policy/validity.h"
#include "policy/window.h"

#define DAY_S 86400

bool
notice_limits(time_t now, struct notice_limits *out)
{
	out->at = now;
	return validity_day_after(
		   now, NOTICE_SECOND_DAYS + 1, &out->second_before) &&
	       validity_day_after(
		   now, NOTICE_FIRST_DAYS + 1, &out->first_before);
}

/*
 * Whether more than so many days lie between its first day and its last: the
 * last one is whole. An hour more or less by a clock change moves nothing but
 * a certificate made in that hour of such a short one's first day.
 */
static bool
lives(time_t not_before, time_t not_after, int days)
{
	return not_after - not_before >= (time_t)(days + 1) * DAY_S;
}

enum notice
notice_due(
    const struct notice_limits *limits, time_t not_before, time_t not_after)
{
	enum notice due = NOTICE_NONE;

	if (not_after < limits->at)
		due = NOTICE_EXPIRED;
	else if (not_after < limits->second_before) {
		if (lives(not_before, not_after, NOTICE_SECOND_DAYS))
			due = NOTICE_EXPIRES_10;
	} else if (not_after < limits->first_before) {
		if (lives(not_before, not_after, NOTICE_FIRST_DAYS))
			due = NOTICE_EXPIRES_30;
	}
	return due;
}

time_t
notice_since(enum notice notice, time_t not_after)
{
	switch (notice) {
	case NOTICE_EXPIRES_30:
		return window_opens(not_after, NOTICE_FIRST_DAYS);
	case NOTICE_EXPIRES_10:
		return window_opens(not_after, NOTICE_SECOND_DAYS);
	case NOTICE_EXPIRED:
		return not_after + 1;
	case NOTICE_NONE:
		break;
	}
	return 0;
}

const char *
notice_kind(enum notice notice)
{
	static const char *const names[] = {
		[NOTICE_NONE] = NULL,
		[NOTICE_EXPIRES_30] = "expires_30",
		[NOTICE_EXPIRES_10] = "expires_10",
		[NOTICE_EXPIRED] = "expired",
	};

	return names[notice];
}
