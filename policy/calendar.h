/*
 * calendar - entries for the calendars of people: an iCalendar object (RFC
 * 5545) without METHOD, lines folded at 75 octets and ended by CR LF.
 *
 * Times are in UTC, days are days of the service's zone: nothing in it needs a
 * time zone to be described. The same entries give the same bytes.
 */
#ifndef POLICY_CALENDAR_H
#define POLICY_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"

#define CALENDAR_ALARMS_MAX 3

struct calendar_entry {
	const char *uid; /* one in the world, the same for ever: 1@a.example */
	const char *summary;	 /* UTF-8, one line */
	const char *description; /* UTF-8, lines ended by LF; NULL: none */
	time_t begins;
	bool whole_day; /* the day of `begins`, not the moment */
	/* Durations from the beginning: "PT9H", "-P7D". */
	const char *alarms[CALENDAR_ALARMS_MAX + 1];
};

/* False: it did not fit `out`. `stamp`: when this was made. */
bool calendar_build(
    const struct calendar_entry *, size_t count, time_t stamp, struct buf *out);

/* The same by its parts, for one that programs fetch again and again, and show
 * under that name: begin, each entry, end. */
void calendar_begin(struct buf *out, const char *name);
void calendar_add(struct buf *out, const struct calendar_entry *, time_t stamp);
void calendar_end(struct buf *out);

#endif
