#include "policy/validity.h"

#include "tests/lib/test.h"

#include <string.h>

#include "base/clock.h"

#define DAY_S 86400
#define YEAR_10000 INT64_C(253402300800) /* 10000-01-01T00:00:00Z */

/* Fields of a moment in UTC. */
static time_t
utc(int year, int month, int day, int hour, int minute, int second)
{
	struct tm t = {
		.tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_sec = second,
	};

	return timegm(&t);
}

/* "2011-12-30T10:00:00Z" as a moment. */
static time_t
moment(const char *text)
{
	struct tm t = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &t);

	assert_non_null(end);
	assert_int_equal(*end, '\0');
	return timegm(&t);
}

/* Both moments in UTC; what local clocks show stands beside. */
static const struct end {
	const char *zone;
	const char *issued_at;
	unsigned days;
	const char *not_after;
} ends[] = {
	/* The example of R-CERT-1, at its first and last second of the day. */
	{ "Asia/Tokyo", "2022-05-24T15:00:00Z", 366, "2023-05-25T14:59:59Z" },
	{ "Asia/Tokyo", "2022-05-25T14:59:59Z", 366, "2023-05-25T14:59:59Z" },
	{ "Asia/Tokyo", "2022-05-25T15:00:00Z", 366, "2023-05-26T14:59:59Z" },
	{ "Asia/Tokyo", "2022-05-24T14:59:59Z", 366, "2023-05-24T14:59:59Z" },
	/* One day: the rest of today. */
	{ "Asia/Tokyo", "2022-05-25T03:00:00Z", 1, "2022-05-25T14:59:59Z" },
	{ "Asia/Tokyo", "2022-05-25T14:59:59Z", 1, "2022-05-25T14:59:59Z" },
	/* Leap days count. */
	{ "UTC", "2024-02-29T12:00:00Z", 366, "2025-02-28T23:59:59Z" },
	{ "UTC", "2023-02-28T12:00:00Z", 366, "2024-02-28T23:59:59Z" },
	{ "UTC", "2023-03-01T00:00:00Z", 366, "2024-02-29T23:59:59Z" },
	{ "UTC", "2023-03-01T00:00:00Z", 367, "2024-03-01T23:59:59Z" },
	{ "UTC", "2099-03-01T00:00:00Z", 366, "2100-03-01T23:59:59Z" },
	/* Over the end of 32-bit seconds, and of UTCTime. */
	{ "UTC", "2037-01-19T03:14:07Z", 366, "2038-01-19T23:59:59Z" },
	{ "UTC", "2048-12-31T00:00:00Z", 366, "2049-12-31T23:59:59Z" },
	{ "UTC", "2049-01-01T00:00:00Z", 366, "2050-01-01T23:59:59Z" },
	{ "Asia/Tokyo", "2049-12-31T00:00:00Z", 1, "2049-12-31T14:59:59Z" },
	{ "Asia/Tokyo", "2049-12-31T15:00:00Z", 1, "2050-01-01T14:59:59Z" },
	/* Issued in winter, over in summer, and the other way round. */
	{ "Europe/Berlin", "2026-01-10T12:00:00Z", 183,
	    "2026-07-11T21:59:59Z" },
	{ "Europe/Berlin", "2026-07-10T12:00:00Z", 183,
	    "2027-01-08T22:59:59Z" },
	/* On the days of the change themselves (23 and 25 hours). */
	{ "Europe/Berlin", "2026-03-29T00:59:59Z", 1, "2026-03-29T21:59:59Z" },
	{ "Europe/Berlin", "2026-10-24T22:00:00Z", 1, "2026-10-25T22:59:59Z" },
	{ "America/New_York", "2026-03-08T05:00:00Z", 1,
	    "2026-03-09T03:59:59Z" },
	{ "America/New_York", "2026-11-01T04:00:00Z", 1,
	    "2026-11-02T04:59:59Z" },
	/* 2018-02-18 00:00 went back to 23:00: 23:59:59 came twice. */
	{ "America/Sao_Paulo", "2018-02-17T12:00:00Z", 1,
	    "2018-02-18T02:59:59Z" },
	{ "America/Sao_Paulo", "2018-02-18T02:30:00Z", 1,
	    "2018-02-18T02:59:59Z" },
	{ "America/Sao_Paulo", "2017-02-17T12:00:00Z", 366,
	    "2018-02-18T02:59:59Z" },
	/* 2018-11-04 began at 01:00. */
	{ "America/Sao_Paulo", "2018-11-03T12:00:00Z", 1,
	    "2018-11-04T02:59:59Z" },
	{ "America/Sao_Paulo", "2018-11-04T12:00:00Z", 1,
	    "2018-11-05T01:59:59Z" },
	/* 2011-12-30 was skipped: the end is that of the day before it. */
	{ "Pacific/Apia", "2011-12-28T12:00:00Z", 2, "2011-12-30T09:59:59Z" },
	{ "Pacific/Apia", "2011-12-28T12:00:00Z", 3, "2011-12-30T09:59:59Z" },
	{ "Pacific/Apia", "2011-12-28T12:00:00Z", 4, "2011-12-31T09:59:59Z" },
	/* 2007-11-04 00:01 went back to 23:01 of the day before. */
	{ "America/St_Johns", "2007-11-03T12:00:00Z", 1,
	    "2007-11-04T03:29:59Z" },
};

static void
R_CERT_1_ends_with_the_last_local_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		const struct end *e = &ends[i];
		struct validity v;

		assert_true(clock_zone(e->zone));
		assert_true(validity_of(moment(e->issued_at), e->days, &v));
		if (v.not_after != moment(e->not_after))
			fail_msg("%s %s + %u days: %lld, not %s", e->zone,
			    e->issued_at, e->days, (long long)v.not_after,
			    e->not_after);
		assert_int_equal(v.not_before, moment(e->issued_at));
	}
}

static void
R_CERT_1_leap_day_counts(void **state)
{
	struct validity v;
	char day[VALIDITY_DAY_SIZE];

	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	assert_true(validity_of(utc(2023, 5, 25, 3, 0, 0), 366, &v));
	validity_day(v.not_after, day);
	assert_string_equal(day, "2024-05-24");
	assert_true(validity_of(utc(2024, 2, 29, 3, 0, 0), 366, &v));
	validity_day(v.not_after, day);
	assert_string_equal(day, "2025-02-28");
}

/* glibc's mktime() would answer by what it was asked before. */
static void
R_CERT_1_same_answer_whatever_was_asked_before(void **state)
{
	static const time_t seasons[] = { 1515585600, 1531224000 };

	(void)state;
	assert_true(clock_zone("America/Sao_Paulo"));
	for (size_t i = 0; i < COUNT(seasons); i++) {
		struct tm local;
		struct validity v;

		assert_non_null(localtime_r(&seasons[i], &local));
		local.tm_isdst = -1;
		assert_int_equal(mktime(&local), seasons[i]);
		assert_true(validity_of(utc(2018, 2, 17, 12, 0, 0), 1, &v));
		assert_int_equal(v.not_after, utc(2018, 2, 18, 2, 59, 59));
	}
}

/* Each second after the issue until the end is of the days that were paid. */
static void
R_CERT_1_never_ends_before_or_after_its_day(void **state)
{
	static const char *const zones[] = { "Asia/Tokyo", "Europe/Berlin",
		"America/New_York", "America/Sao_Paulo", "Pacific/Apia", "UTC",
		"Australia/Lord_Howe", "Asia/Beirut" };
	struct validity v;
	char day[VALIDITY_DAY_SIZE], last[VALIDITY_DAY_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++) {
		assert_true(clock_zone(zones[i]));
		for (time_t at = utc(2006, 1, 1, 0, 0, 0);
		     at < utc(2028, 1, 1, 0, 0, 0); at += DAY_S) {
			assert_true(validity_of(at, 1, &v));
			validity_day(at, day);
			validity_day(v.not_after, last);
			assert_string_equal(last, day);
			validity_day(v.not_after + 1, last);
			assert_true(strcmp(last, day) > 0);
		}
	}
}

static void
R_CERT_1_no_days_and_no_calendar_are_refused(void **state)
{
	struct validity v;
	time_t last_day = YEAR_10000 - DAY_S;

	(void)state;
	assert_true(clock_zone("UTC"));
	assert_false(validity_of(0, 0, &v));
	assert_true(validity_of(last_day, 1, &v));
	assert_int_equal(v.not_after, YEAR_10000 - 1);
	assert_false(validity_of(last_day, 2, &v));
	assert_false(validity_of(0, 3000000, &v));
	assert_false(validity_of(0, 3000001, &v));
	assert_false(validity_of(0, UINT32_MAX, &v));
	assert_false(validity_of(INT64_MAX, 1, &v));
}

static const struct midnight {
	const char *zone;
	const char *at;
	unsigned days;
	const char *midnight;
} midnights[] = {
	{ "Asia/Tokyo", "2027-05-25T14:59:59Z", 0, "2027-05-24T15:00:00Z" },
	{ "Asia/Tokyo", "2027-05-25T14:59:59Z", 30, "2027-04-24T15:00:00Z" },
	{ "Asia/Tokyo", "2027-05-24T15:00:00Z", 30, "2027-04-24T15:00:00Z" },
	{ "Asia/Tokyo", "2027-05-24T14:59:59Z", 30, "2027-04-23T15:00:00Z" },
	{ "UTC", "2024-03-30T23:59:59Z", 30, "2024-02-29T00:00:00Z" },
	{ "UTC", "2023-03-30T23:59:59Z", 30, "2023-02-28T00:00:00Z" },
	{ "UTC", "2028-01-10T23:59:59Z", 366, "2027-01-09T00:00:00Z" },
	/* Over a change: midnight, not 30 times 24 hours. */
	{ "Europe/Berlin", "2026-04-10T21:59:59Z", 30, "2026-03-10T23:00:00Z" },
	{ "Europe/Berlin", "2026-11-10T22:59:59Z", 30, "2026-10-10T22:00:00Z" },
	{ "America/New_York", "2026-03-20T03:59:59Z", 11,
	    "2026-03-08T05:00:00Z" },
	/* 2018-11-04 began at 01:00; nothing earlier is of that day. */
	{ "America/Sao_Paulo", "2018-12-04T12:00:00Z", 30,
	    "2018-11-04T03:00:00Z" },
	{ "America/Sao_Paulo", "2018-03-20T12:00:00Z", 30,
	    "2018-02-18T03:00:00Z" },
	/* No 2011-12-30: the window opens with the 31st. */
	{ "Pacific/Apia", "2012-01-29T12:00:00Z", 31, "2011-12-30T10:00:00Z" },
	{ "Pacific/Apia", "2012-01-29T12:00:00Z", 30, "2011-12-30T10:00:00Z" },
	{ "Pacific/Apia", "2012-01-29T12:00:00Z", 32, "2011-12-29T10:00:00Z" },
	/* 2007-11-04 00:00 came twice there: the first. */
	{ "America/St_Johns", "2007-12-04T12:00:00Z", 30,
	    "2007-11-04T02:30:00Z" },
};

static void
R_CERT_3_days_are_counted_back_to_local_midnight(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(midnights); i++) {
		const struct midnight *m = &midnights[i];
		time_t got;

		assert_true(clock_zone(m->zone));
		assert_true(validity_day_before(moment(m->at), m->days, &got));
		if (got != moment(m->midnight))
			fail_msg("%s %s - %u days: %lld, not %s", m->zone,
			    m->at, m->days, (long long)got, m->midnight);
	}
}

static void
R_CERT_3_days_before_the_calendar_are_refused(void **state)
{
	time_t got;

	(void)state;
	assert_true(clock_zone("UTC"));
	assert_false(validity_day_before(0, 1000000, &got));
	assert_false(validity_day_before(0, UINT32_MAX, &got));
	assert_false(validity_day_before(INT64_MIN, 0, &got));
}

static void
R_CERT_3_day_is_shown_in_the_services_zone(void **state)
{
	char day[VALIDITY_DAY_SIZE];

	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	validity_day(utc(2027, 4, 24, 14, 59, 59), day);
	assert_string_equal(day, "2027-04-24");
	validity_day(utc(2027, 4, 24, 15, 0, 0), day);
	assert_string_equal(day, "2027-04-25");
	assert_true(clock_zone("UTC"));
	validity_day(YEAR_10000 - 1, day);
	assert_string_equal(day, "9999-12-31");
	validity_day(YEAR_10000, day);
	assert_string_equal(day, "\?\?\?\?-\?\?-\?\?");
	validity_day(utc(1000, 1, 1, 0, 0, 0), day);
	assert_string_equal(day, "1000-01-01");
	validity_day(utc(1000, 1, 1, 0, 0, 0) - 1, day);
	assert_string_equal(day, "\?\?\?\?-\?\?-\?\?");
	validity_day(INT64_MAX, day);
	assert_string_equal(day, "\?\?\?\?-\?\?-\?\?");
}

static void
R_WEB_5_a_month_ends_at_local_midnight(void **state)
{
	static const struct {
		const char *zone, *at, *next;
	} all[] = {
		{ "Asia/Tokyo", "2026-11-30T14:59:59Z",
		    "2026-11-30T15:00:00Z" },
		{ "Asia/Tokyo", "2026-11-30T15:00:00Z",
		    "2026-12-31T15:00:00Z" },
		{ "UTC", "2024-02-29T23:59:59Z", "2024-03-01T00:00:00Z" },
		{ "UTC", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z" },
	};
	time_t next;

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		assert_true(clock_zone(all[i].zone));
		assert_true(validity_next_month(moment(all[i].at), &next));
		assert_int_equal(next, moment(all[i].next));
	}
}

static void
a_day_is_read_as_it_is_written_or_not_at_all(void **state)
{
	static const char *const wrong[] = { "2026-02-31", "2026-13-01",
		"2026-2-28", " 026-02-02", "+026-02-02", "2026-02-2x",
		"2026-02-28 ", "28.02.2026", "999-12-31", "10000-01-01", "" };
	time_t begins;

	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	assert_true(validity_read_day("2027-04-25", &begins));
	assert_int_equal(begins, utc(2027, 4, 24, 15, 0, 0));
	/* Its midnight is skipped. */
	assert_true(clock_zone("America/Sao_Paulo"));
	assert_true(validity_read_day("2018-11-04", &begins));
	assert_int_equal(begins, utc(2018, 11, 4, 3, 0, 0));
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(validity_read_day(wrong[i], &begins));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R_CERT_1_ends_with_the_last_local_day),
		cmocka_unit_test(R_CERT_1_leap_day_counts),
		cmocka_unit_test(
		    R_CERT_1_same_answer_whatever_was_asked_before),
		cmocka_unit_test(R_CERT_1_never_ends_before_or_after_its_day),
		cmocka_unit_test(R_CERT_1_no_days_and_no_calendar_are_refused),
		cmocka_unit_test(
		    R_CERT_3_days_are_counted_back_to_local_midnight),
		cmocka_unit_test(R_CERT_3_days_before_the_calendar_are_refused),
		cmocka_unit_test(R_CERT_3_day_is_shown_in_the_services_zone),
		cmocka_unit_test(R_WEB_5_a_month_ends_at_local_midnight),
		cmocka_unit_test(a_day_is_read_as_it_is_written_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
