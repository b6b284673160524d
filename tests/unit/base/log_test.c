/* FAKES: clock */
#include "base/log.h"

#include "base/clock.h"

#include "tests/lib/fake_clock.h"
#include "tests/lib/test.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int real_stderr = -1;
static int reader = -1; /* what is written to standard error comes out here */
static char seen[65536 * 8];

/* Puts `writer` in the place of standard error. */
static void
capture(int read_end, int writer, enum log_level least)
{
	reader = read_end;
	assert_true(fcntl(reader, F_SETFL, O_NONBLOCK) == 0);
	assert_true(dup2(writer, STDERR_FILENO) == STDERR_FILENO);
	close(writer);
	log_open("front", least);
}

static int
set_up(void **state)
{
	int ends[2];

	(void)state;
	fake_clock_set_ms((int64_t)FAKE_CLOCK_START * 1000 + 123);
	real_stderr = dup(STDERR_FILENO);
	if (pipe(ends) != 0)
		return -1;
	capture(ends[0], ends[1], LOG_LINE_DEBUG);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	close(reader);
	log_open("test", LOG_LINE_INFO);
	return 0;
}

/* Everything written since the last time. */
static const char *
written(void)
{
	size_t used = 0;
	ssize_t n;

	while ((n = read(reader, seen + used, sizeof(seen) - 1 - used)) > 0)
		used += (size_t)n;
	seen[used] = '\0';
	return seen;
}

#define PREFIX "2026-11-20T18:00:00.123+09:00 info front request"

static void
a_line_is_as_the_header_shows(void **state)
{
	struct log_line l;

	(void)state;
	log_begin(&l, LOG_LINE_INFO, "request");
	log_text(&l, "user", "sample001");
	log_number(&l, "ms", 4);
	assert_string_equal(written(), "");
	log_end(&l);
	assert_string_equal(written(), PREFIX " user=sample001 ms=4\n");
}

static void
value_shows(const char *value, const char *shown)
{
	char line[4096];
	struct log_line l;

	log_begin(&l, LOG_LINE_INFO, "request");
	log_text(&l, "v", value);
	log_end(&l);
	snprintf(line, sizeof(line), PREFIX " v=%s\n", shown);
	assert_string_equal(written(), line);
}

static void
values_that_could_forge_are_quoted_and_escaped(void **state)
{
	(void)state;
	value_shows("", "\"\"");
	value_shows(NULL, "-");
	value_shows("a b", "\"a b\"");
	value_shows("a=b", "\"a=b\"");
	value_shows("a\"b", "\"a\\\"b\"");
	value_shows("a\\b", "\"a\\\\b\"");
	value_shows("a\nb", "\"a\\nb\"");
	value_shows("a\r\t\x1b[2J", "\"a\\x0d\\x09\\x1b[2J\"");
	value_shows("\x7f", "\"\\x7f\"");
	value_shows("\xc2\x9b", "\"\\xc2\\x9b\"");
	value_shows("a\n2026-11-20T18:00:00.123+09:00 error front forged",
	    "\"a\\n2026-11-20T18:00:00.123+09:00 error front forged\"");
	value_shows("/a/b?c&d;e,f'g~!", "/a/b?c&d;e,f'g~!");
}

static void
bytes_hex_and_numbers(void **state)
{
	struct log_line l;

	(void)state;
	log_begin(&l, LOG_LINE_INFO, "request");
	log_bytes(&l, "b", "a\0b", 3);
	log_bytes(&l, "none", NULL, 0);
	log_hex(&l, "serial", "\x00\x9f\xff", 3);
	log_number(&l, "least", INT64_MIN);
	log_number(&l, "most", INT64_MAX);
	log_end(&l);
	assert_string_equal(written(),
	    PREFIX " b=\"a\\x00b\" none=\"\" serial=009fff"
		   " least=-9223372036854775808 most=9223372036854775807\n");
}

static void
milliseconds_have_one_rounded_decimal(void **state)
{
	static const int64_t us[] = { 0, 49, 50, 949, 950, 999, 1000, 1250,
		12345678, -1, INT64_MAX };
	struct log_line l;
	size_t i;

	(void)state;
	log_begin(&l, LOG_LINE_INFO, "request");
	for (i = 0; i < COUNT(us); i++)
		log_ms(&l, "m", us[i]);
	log_end(&l);
	assert_string_equal(written(),
	    PREFIX " m=0.0 m=0.0 m=0.1 m=0.9 m=1.0 m=1.0 m=1.0 m=1.3"
		   " m=12345.7 m=0.0 m=9223372036854775.8\n");
}

static void
lines_below_the_least_level_are_not_written(void **state)
{
	(void)state;
	log_open("issuer", LOG_LINE_WARN);
	log_say(LOG_LINE_NOTICE, "quiet", "nobody hears it");
	log_say(LOG_LINE_WARN, "loud", "no database");
	log_say(LOG_LINE_ERROR, "louder", "disk");
	assert_string_equal(written(),
	    "2026-11-20T18:00:00.123+09:00 warn issuer loud"
	    " reason=\"no database\"\n"
	    "2026-11-20T18:00:00.123+09:00 error issuer louder reason=disk\n");
}

static void
long_line_is_cut_and_ends_in_dots(void **state)
{
	static const char *const fillers[] = { "x", "\n", "\"", "\x01", " " };
	char value[5000];
	struct log_line l;
	size_t i, len, size;

	(void)state;
	for (i = 0; i < COUNT(fillers); i++) {
		for (len = 900; len < sizeof(value); len += 1 + len / 7) {
			memset(value, fillers[i][0], len);
			log_begin(&l, LOG_LINE_INFO, "request");
			log_bytes(&l, "v", value, len);
			log_text(&l, "after", "it");
			log_end(&l);
			size = strlen(written());
			assert_in_range(size, 1, sizeof(l.text));
			assert_int_equal(seen[size - 1], '\n');
			assert_null(memchr(seen, '\n', size - 1));
			if (len > 2048)
				assert_memory_equal(
				    seen + size - 4, "...\n", 4);
			else if (size < 2000)
				assert_non_null(strstr(seen, " after=it\n"));
		}
	}
}

static void
line_fills_the_room_to_the_last_byte(void **state)
{
	struct log_line l;
	char value[2048];
	size_t head, most;

	(void)state;
	memset(value, 'x', sizeof(value));
	log_begin(&l, LOG_LINE_INFO, "request");
	log_bytes(&l, "v", value, 1);
	head = l.used - 1;
	most = sizeof(l.text) - head - sizeof("..."); /* mark and newline */
	log_begin(&l, LOG_LINE_INFO, "request");
	log_bytes(&l, "v", value, most);
	log_end(&l);
	assert_int_equal(strlen(written()), head + most + 1);
	log_begin(&l, LOG_LINE_INFO, "request");
	log_bytes(&l, "v", value, most + 1);
	log_end(&l);
	assert_int_equal(strlen(written()), sizeof(l.text));
	assert_string_equal(seen + head + most, "...\n");
}

static void
full_pipe_does_not_block_and_losses_are_counted(void **state)
{
	enum {
		LINES = 4000
	};
	time_t before = time(NULL);
	const char *all;
	size_t kept = 0, lost;
	char *at;
	int i;

	(void)state;
	for (i = 0; i < LINES; i++)
		log_say(LOG_LINE_INFO, "request", "a line of some length");
	assert_true(time(NULL) - before < 10);
	for (all = written(); (all = strchr(all, '\n')) != NULL; all++)
		kept++;
	assert_in_range(kept, 100, LINES - 100);
	log_say(LOG_LINE_INFO, "request", "again");
	at = strstr(written(), "error front log-lines-lost lines=");
	assert_non_null(at);
	lost = strtoul(strchr(at, '=') + 1, NULL, 10);
	assert_int_equal(kept + lost, LINES);
	assert_ptr_equal(strstr(seen, PREFIX " note=again\n"), seen);
	log_say(LOG_LINE_INFO, "request", "once");
	assert_string_equal(written(), PREFIX " note=once\n");
}

static void
descriptor_of_others_stays_blocking(void **state)
{
	(void)state;
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
}

static void
hung_journal_does_not_block(void **state)
{
	int ends[2], i;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	close(reader);
	capture(ends[0], ends[1], LOG_LINE_INFO);
	for (i = 0; i < 4000; i++)
		log_say(LOG_LINE_INFO, "request", "a line of some length");
	assert_non_null(strstr(written(), "a line of some length"));
	log_say(LOG_LINE_INFO, "request", "again");
	assert_non_null(strstr(written(), "log-lines-lost lines="));
}

static void
closed_standard_error_is_survived(void **state)
{
	(void)state;
	close(STDERR_FILENO);
	log_open("front", LOG_LINE_INFO);
	log_say(LOG_LINE_ERROR, "request", "nobody hears it");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int
zone(void **state)
{
	(void)state;
	return clock_zone("Asia/Tokyo") ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_is_as_the_header_shows),
		TEST(values_that_could_forge_are_quoted_and_escaped),
		TEST(bytes_hex_and_numbers),
		TEST(milliseconds_have_one_rounded_decimal),
		TEST(lines_below_the_least_level_are_not_written),
		TEST(long_line_is_cut_and_ends_in_dots),
		TEST(line_fills_the_room_to_the_last_byte),
		TEST(full_pipe_does_not_block_and_losses_are_counted),
		TEST(descriptor_of_others_stays_blocking),
		TEST(hung_journal_does_not_block),
		TEST(closed_standard_error_is_survived),
	};

	return cmocka_run_group_tests(tests, zone, NULL);
}
