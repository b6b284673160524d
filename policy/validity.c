/*
 * Local time is turned into a moment with timegm() and the offsets that
 * localtime_r() reports, not with mktime(): where a clock change makes a
 * local time come twice, glibc's mktime() picks one by what it was asked
 * before, so two instances could date the same certificate differently.
 */
#include "policy/validity.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define DAYS_MAX 3000000u /* more than 8000 years; keeps tm_mday in an int */
#define YEAR_MIN 1000	  /* four digits, without leading zeros */
#define YEAR_MAX 9999

_Static_assert(sizeof(time_t) >= 8, "certificates outlive 2038");

enum edge { /* of a local time that comes twice, or of one that is skipped */
	EDGE_FIRST,
	EDGE_LAST,
};

/* Seconds that local time is ahead of UTC at `at`. */
static bool
offset_at(time_t at, time_t *offset)
{
	struct tm local;

	if (localtime_r(&at, &local) == NULL)
		return false;
	*offset = local.tm_gmtoff;
	return true;
}

/*
 * The clock change between `early` and `late`, which have different offsets:
 * the first moment after `early` that has another offset.
 */
static bool
change_between(time_t early, time_t late, time_t *change)
{
	time_t offset, seen;

	if (!offset_at(early, &offset))
		return false;
	while (late - early > 1) {
		time_t middle = early + (late - early) / 2;

		if (!offset_at(middle, &seen))
			return false;
		if (seen == offset)
			early = middle;
		else
			late = middle;
	}
	*change = late;
	return true;
}

/*
 * The moment at which local clocks show `shown`, whose day may be out of
 * range. A time that comes twice means its first or its last coming; one that
 * is skipped means the first moment after the gap or the last one before it.
 * Returns false if the calendar cannot say it.
 *
 * No offset reaches a day and no two changes are a day apart, so the offsets
 * a day before and a day after are the only ones that can hold.
 */
static bool
moment_of(struct tm *shown, enum edge edge, time_t *out)
{
	time_t utc = timegm(shown);
	time_t before, after, at_first, at_last, change;

	if (shown->tm_year < YEAR_MIN - 1900 ||
	    shown->tm_year > YEAR_MAX - 1900)
		return false;
	if (!offset_at(utc - DAY_S, &before) || !offset_at(utc + DAY_S, &after))
		return false;
	if (!offset_at(utc - before, &at_first) ||
	    !offset_at(utc - after, &at_last))
		return false;

	bool first = at_first == before;
	bool last = at_last == after;

	if (first && (!last || edge == EDGE_FIRST)) {
		*out = utc - before;
	} else if (last) {
		*out = utc - after;
	} else {
		if (!change_between(utc - DAY_S, utc + DAY_S, &change))
			return false;
		*out = edge == EDGE_FIRST ? change : change - 1;
	}
	return true;
}

bool
validity_of(time_t issued_at, unsigned days, struct validity *out)
{
	struct tm shown;

	if (days == 0 || days > DAYS_MAX ||
	    localtime_r(&issued_at, &shown) == NULL)
		return false;
	shown.tm_mday += (int)days - 1;
	shown.tm_hour = 23;
	shown.tm_min = 59;
	shown.tm_sec = 59;
	out->not_before = issued_at;
	return moment_of(&shown, EDGE_LAST, &out->not_after);
}

/* Midnight of the day that is `days` from the day of `at`. */
static bool
midnight_of(time_t at, int days, time_t *midnight)
{
	struct tm shown;

	if (localtime_r(&at, &shown) == NULL)
		return false;
	shown.tm_mday += days;
	shown.tm_hour = 0;
	shown.tm_min = 0;
	shown.tm_sec = 0;
	return moment_of(&shown, EDGE_FIRST, midnight);
}

bool
validity_next_month(time_t at, time_t *first)
{
	struct tm shown;

	if (localtime_r(&at, &shown) == NULL)
		return false;
	shown.tm_mon++;
	shown.tm_mday = 1;
	shown.tm_hour = 0;
	shown.tm_min = 0;
	shown.tm_sec = 0;
	return moment_of(&shown, EDGE_FIRST, first);
}

/* Days of the calendar, from 1970 on. */
static bool
day_number(time_t at, time_t *day)
{
	struct tm shown;

	if (localtime_r(&at, &shown) == NULL)
		return false;
	shown.tm_hour = shown.tm_min = shown.tm_sec = 0;
	*day = timegm(&shown) / DAY_S;
	return true;
}

unsigned
validity_days_between(time_t from, time_t to)
{
	time_t first, last;

	if (!day_number(from, &first) || !day_number(to, &last) ||
	    last < first || last - first > DAYS_MAX)
		return 0;
	return (unsigned)(last - first);
}

bool
validity_day_before(time_t at, unsigned days, time_t *midnight)
{
	return days <= DAYS_MAX && midnight_of(at, -(int)days, midnight);
}

bool
validity_day_after(time_t at, unsigned days, time_t *midnight)
{
	return days <= DAYS_MAX && midnight_of(at, (int)days, midnight);
}

static bool
is_shown(time_t at, struct tm *shown)
{
	return localtime_r(&at, shown) != NULL &&
	       shown->tm_year >= YEAR_MIN - 1900 &&
	       shown->tm_year <= YEAR_MAX - 1900;
}

void
validity_minute(time_t at, char out[VALIDITY_MINUTE_SIZE])
{
	struct tm shown;

	if (!is_shown(at, &shown) || strftime(out, VALIDITY_MINUTE_SIZE,
					 "%Y-%m-%d %H:%M %Z", &shown) == 0)
		snprintf(out, VALIDITY_MINUTE_SIZE, "????");
}

void
validity_day(time_t at, char out[VALIDITY_DAY_SIZE])
{
	struct tm shown;

	if (!is_shown(at, &shown) ||
	    strftime(out, VALIDITY_DAY_SIZE, "%Y-%m-%d", &shown) == 0)
		snprintf(out, VALIDITY_DAY_SIZE, "%s", "\?\?\?\?-\?\?-\?\?");
}

bool
validity_read_day(const char *text, time_t *begins)
{
	struct tm day = { 0 };
	char again[VALIDITY_DAY_SIZE];

	if (strptime(text, "%Y-%m-%d", &day) == NULL ||
	    !moment_of(&day, EDGE_FIRST, begins))
		return false;
	/* Both take more than is meant, and move what is no day to one. */
	validity_day(*begins, again);
	return strcmp(again, text) == 0;
}

void
validity_moment(time_t at, char out[VALIDITY_MOMENT_SIZE])
{
	struct tm utc;

	if (gmtime_r(&at, &utc) == NULL || strftime(out, VALIDITY_MOMENT_SIZE,
					       "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		out[0] = '\0';
}
