#include "db/skew.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdint.h>

static void
tell(bool wrong, int64_t ahead_s)
{
	struct log_line l;

	log_begin(&l, wrong ? LOG_LINE_ERROR : LOG_LINE_NOTICE, "clock");
	log_number(&l, "ahead_s", ahead_s);
	log_text(&l, "reason",
	    wrong ? "too far from the database's: nobody is let in and "
		    "nothing is issued until both agree"
		  : "agrees with the database's again");
	log_end(&l);
}

bool
skew_small(struct skew *s, time_t database)
{
	int64_t ahead_s = (int64_t)clock_now() - (int64_t)database;
	bool wrong = ahead_s > SKEW_MAX_S || ahead_s < -SKEW_MAX_S;

	if (wrong != s->wrong)
		tell(wrong, ahead_s);
	s->wrong = wrong;
	return !wrong;
}
