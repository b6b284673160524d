/*
 * validity - from when to when a certificate is good (R-CERT-1), in the
 * service's time zone (base/clock.h clock_zone()).
 *
 * Days are calendar days of that zone, however long: a day with a clock
 * change has 23 or 25 hours. The same input gives the same answer in every
 * process of every instance, also on days whose midnight or last second
 * comes twice or not at all.
 */
#ifndef POLICY_VALIDITY_H
#define POLICY_VALIDITY_H

#include <stdbool.h>
#include <time.h>

#include "base/must.h"

#define VALIDITY_MINUTE_SIZE 40
#define VALIDITY_DAY_SIZE 11 /* "2027-04-25" and a NUL */
#define VALIDITY_MOMENT_SIZE sizeof("2026-11-28T09:30:00Z")

struct validity {
	time_t not_before; /* the moment of issue */
	time_t not_after;  /* 23:59:59 local time of the last day */
};

/*
 * `days` counts the day of issue: 366 days from 2022-05-25 end on 2023-05-25.
 * A last second that comes twice means the later one; one that is skipped,
 * the last second before it. False if the calendar cannot say it: no day at
 * all, or an end after the year 9999 (RFC 5280 4.1.2.5).
 */
MUST_CHECK bool validity_of(
    time_t issued_at, unsigned days, struct validity *out);

/*
 * Midnight, local time, `days` calendar days before the day of `at`; the
 * first moment of that day where midnight is skipped. False if the calendar
 * cannot say it.
 */
MUST_CHECK bool validity_day_before(time_t at, unsigned days, time_t *midnight);
/* The same, so many days after the day of `at`. */
MUST_CHECK bool validity_day_after(time_t at, unsigned days, time_t *midnight);

/* The first moment of the month behind that of `at`. */
MUST_CHECK bool validity_next_month(time_t at, time_t *first);

/* Calendar days from the day of `from` to that of `to`; 0 where it is not
 * later, or the calendar cannot say. */
unsigned validity_days_between(time_t from, time_t to);

/* The local minute of `at` as 2027-04-25 18:05 JST; `????` outside of it. */
void validity_minute(time_t at, char out[VALIDITY_MINUTE_SIZE]);
/* The local day of `at` as 2027-04-25; `????-??-??` outside 1000 to 9999. */
void validity_day(time_t at, char out[VALIDITY_DAY_SIZE]);
/* What validity_day() writes, at the day's first moment. False: there is no
 * such day, or it is written in another way. */
MUST_CHECK bool validity_read_day(const char *text, time_t *begins);
/* For programs, UTC: 2026-11-28T09:30:00Z; empty where there is none. */
void validity_moment(time_t at, char out[VALIDITY_MOMENT_SIZE]);

#endif
