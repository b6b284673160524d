/*
 * validity - from when to when a certificate is good (R-CERT-1), in the
 * service's time zone (base/clock.h clock_zone()).
 */
#ifndef POLICY_VALIDITY_H
#define POLICY_VALIDITY_H

#include <stdbool.h>
#include <time.h>

struct validity {
	time_t not_before; /* the moment of issue */
	time_t not_after;  /* 23:59:59 local time of the last day */
};

/*
 * `days` counts the day of issue: 366 days from 2022-05-25 end on 2023-05-25.
 * False if the calendar cannot say it.
 */
bool validity_of(time_t issued_at, unsigned days, struct validity *out);

/* Midnight, local time, `days` calendar days before the day of `at`. */
bool validity_day_before(time_t at, unsigned days, time_t *midnight);

/* The local day of `at` as 2027-04-25. */
void validity_day(time_t at, char out[11]);

#endif
