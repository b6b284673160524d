#include "policy/calendar.h"

#include "base/clock.h"

#include "tests/lib/test.h"

#include <string.h>

#define STAMP 1795165200     /* 2026-11-20T09:00:00Z */
#define OPENS 1682348400     /* 2023-04-25T00:00:00+09:00 */
#define NOT_AFTER 1685026799 /* 2023-05-25T23:59:59+09:00 */

static struct buf out;
static char unfolded[65536];

static int
zone(void **state)
{
	(void)state;
	return clock_zone("Asia/Tokyo") ? 0 : -1;
}

static int
free_out(void **state)
{
	(void)state;
	buf_free(&out);
	return 0;
}

/* RFC 5545 3.1: a line end and one blank are taken away again. */
static void
unfold(void)
{
	size_t used = 0;

	for (const char *at = out.at; *at != '\0'; at++) {
		if (strncmp(at, "\r\n ", 3) == 0)
			at += 2;
		else
			unfolded[used++] = *at;
	}
	unfolded[used] = '\0';
}

static void
build(const struct calendar_entry *entries, size_t count)
{
	buf_free(&out);
	buf_init(&out, sizeof(unfolded) - 1);
	assert_true(calendar_build(entries, count, STAMP, &out));
	unfold();
}

static void
with_summary(const char *summary)
{
	struct calendar_entry e = { .uid = "1@a.example",
		.summary = summary,
		.description = "x",
		.begins = OPENS };

	build(&e, 1);
}

static bool
has(const char *line)
{
	return strstr(unfolded, line) != NULL;
}

static void
day_and_moment_to_the_letter(void **state)
{
	struct calendar_entry e[] = {
		{ .uid = "opens-0a@a.example",
		    .summary = "Opens",
		    .description = "One.\nTwo.\n\n",
		    .begins = OPENS,
		    .whole_day = true,
		    .alarms = { "PT9H" } },
		{ .uid = "expires-0a@a.example",
		    .summary = "Ends",
		    .description = "x",
		    .begins = NOT_AFTER,
		    .alarms = { "-P7D", "-P1D" } },
	};

	(void)state;
	build(e, 2);
	assert_string_equal(out.at, "BEGIN:VCALENDAR\r\n"
				    "VERSION:2.0\r\n"
				    "PRODID:-//Koshin//Certificates//EN\r\n"
				    "BEGIN:VEVENT\r\n"
				    "UID:opens-0a@a.example\r\n"
				    "DTSTAMP:20261120T090000Z\r\n"
				    "DTSTART;VALUE=DATE:20230425\r\n"
				    "SUMMARY:Opens\r\n"
				    "DESCRIPTION:One.\\nTwo.\r\n"
				    "TRANSP:TRANSPARENT\r\n"
				    "BEGIN:VALARM\r\n"
				    "ACTION:DISPLAY\r\n"
				    "DESCRIPTION:Opens\r\n"
				    "TRIGGER:PT9H\r\n"
				    "END:VALARM\r\n"
				    "END:VEVENT\r\n"
				    "BEGIN:VEVENT\r\n"
				    "UID:expires-0a@a.example\r\n"
				    "DTSTAMP:20261120T090000Z\r\n"
				    "DTSTART:20230525T145959Z\r\n"
				    "SUMMARY:Ends\r\n"
				    "DESCRIPTION:x\r\n"
				    "TRANSP:TRANSPARENT\r\n"
				    "BEGIN:VALARM\r\n"
				    "ACTION:DISPLAY\r\n"
				    "DESCRIPTION:Ends\r\n"
				    "TRIGGER:-P7D\r\n"
				    "END:VALARM\r\n"
				    "BEGIN:VALARM\r\n"
				    "ACTION:DISPLAY\r\n"
				    "DESCRIPTION:Ends\r\n"
				    "TRIGGER:-P1D\r\n"
				    "END:VALARM\r\n"
				    "END:VEVENT\r\n"
				    "END:VCALENDAR\r\n");
}

static void
what_means_something_is_escaped(void **state)
{
	(void)state;
	with_summary("a;b,c\\d\ne:f\"g\tz");
	assert_true(has("SUMMARY:a\\;b\\,c\\\\d\\ne:f\"g z\r\n"));
}

static void
a_value_makes_no_line_of_its_own(void **state)
{
	(void)state;
	with_summary("a\r\nBEGIN:VALARM\x01\xe2\x80\xa8\xff");
	assert_true(has("SUMMARY:a\xef\xbf\xbd\\nBEGIN:VALARM"
			"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\r\n"));
	assert_false(has("\r\nBEGIN:VALARM"));
}

/* Whatever its length: 75 octets at most, and no character is cut. */
static void
lines_are_folded_between_characters(void **state)
{
	static const char *const pieces[] = { "a", "\xc3\xa9", "証",
		"\xf0\x9f\x94\x91", ";" };
	char text[2048];

	(void)state;
	for (size_t p = 0; p < COUNT(pieces); p++) {
		for (size_t n = 1; n < 200; n++) {
			size_t size = strlen(pieces[p]);

			for (size_t i = 0; i < n; i++)
				memcpy(text + i * size, pieces[p], size);
			text[n * size] = '\0';
			with_summary(text);
			for (char *at = out.at; *at != '\0';) {
				size_t len = strcspn(at, "\r\n");

				assert_in_range(len, 1, 75);
				assert_memory_equal(at + len, "\r\n", 2);
				/* It does not begin inside a character. */
				assert_int_not_equal(at[1] & 0xc0, 0x80);
				assert_false(at[0] == ' ' && at[1] == '\r');
				at += len + 2;
			}
			if (p < 4) {
				assert_true(has("SUMMARY:"));
				assert_memory_equal(
				    strstr(unfolded, "SUMMARY:") + 8, text,
				    n * size);
			}
		}
	}
}

static void
a_calendar_that_does_not_fit_is_none(void **state)
{
	struct calendar_entry e = { .uid = "1@a.example",
		.summary = "x",
		.description = "x",
		.begins = OPENS };

	(void)state;
	buf_free(&out);
	buf_init(&out, 100);
	assert_false(calendar_build(&e, 1, STAMP, &out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(day_and_moment_to_the_letter),
		cmocka_unit_test(what_means_something_is_escaped),
		cmocka_unit_test(a_value_makes_no_line_of_its_own),
		cmocka_unit_test(lines_are_folded_between_characters),
		cmocka_unit_test(a_calendar_that_does_not_fit_is_none),
	};

	return cmocka_run_group_tests(tests, zone, free_out);
}
