/* FAKES: clock log */
/* Certificates of the service itself, as time goes on. */
#include "serve/own_certificates.h"

#include "base/clock.h"
#include "tests/lib/authority.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_log.h"
#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S (24 * 60 * 60)
#define DAYS 397

static char *folder;
static struct config config;
static struct own_certificates_told told;

/* Puts a certificate of so many days into the file of the listener. */
static void
renew(int days)
{
	struct authority server = { .name = "est.example",
		.from = clock_now() - 60,
		.to = clock_now() + (time_t)days * DAY_S };

	authority_make(&server);
	free(config.tls.certificate);
	config.tls.certificate = authority_write_certificates(
	    folder, "server.pem", &server.certificate, 1);
	authority_free(&server);
}

static int
begin(void **state)
{
	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	fake_clock_set(FAKE_CLOCK_START);
	folder = authority_folder();
	memset(&config, 0, sizeof(config));
	memset(&told, 0, sizeof(told));
	renew(DAYS);
	fake_log_reset();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	free(config.tls.certificate);
	authority_remove(folder);
	return 0;
}

/* What looks every six hours logged in so many days. */
static size_t
lines_of(int days)
{
	size_t before = fake_log_lines();

	for (int look = 0; look < 4 * days; look++) {
		own_certificates_watch(&config, &told);
		fake_clock_pass_s(6 * 3600);
	}
	return fake_log_lines() - before;
}

static void
F_82_each_step_is_told_once_while_we_run(void **state)
{
	static const struct {
		int until; /* days before the end */
		const char *begins, *says;
	} steps[] = {
		{ 80, "notice certificate-ends", "in 90 days" },
		{ 20, "warn certificate-ends", "in 30 days" },
		{ 3, "error certificate-ends", "in 7 days" },
	};
	int left = 95;

	(void)state;
	assert_int_equal(lines_of(DAYS - left), 0);
	for (size_t i = 0; i < COUNT(steps); i++) {
		assert_int_equal(lines_of(left - steps[i].until), 1);
		left = steps[i].until;
		assert_non_null(strstr(fake_log_last(), steps[i].begins));
		assert_non_null(strstr(fake_log_last(), steps[i].says));
		assert_non_null(strstr(fake_log_last(), "est.example"));
	}
	assert_int_equal(lines_of(left + 5), 2);
	assert_non_null(strstr(fake_log_last(), "has ended on"));
}

/* The checks of the start have told what is near then. */
static void
F_82_the_start_itself_tells_nothing_twice(void **state)
{
	(void)state;
	renew(20);
	assert_int_equal(lines_of(5), 0);
	assert_int_equal(lines_of(10), 1);
}

static void
F_82_a_renewed_one_begins_anew(void **state)
{
	(void)state;
	assert_int_equal(lines_of(DAYS - 10), 2);
	renew(DAYS);
	assert_int_equal(lines_of(DAYS - 95), 0);
	assert_int_equal(lines_of(10), 1);
}

static void
count(void *arg, const struct own_certificate *own)
{
	(void)own;
	++*(int *)arg;
}

/* Listeners that share a certificate show one. */
static void
F_82_each_file_counts_once(void **state)
{
	int seen = 0;

	(void)state;
	config.portal.certificate = config.tls.certificate;
	config.member.certificate = config.tls.certificate;
	own_certificates_each(&config, count, &seen);
	assert_int_equal(seen, 1);
	config.portal.certificate = config.member.certificate = NULL;
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(F_82_each_step_is_told_once_while_we_run),
		T(F_82_the_start_itself_tells_nothing_twice),
		T(F_82_a_renewed_one_begins_anew),
		T(F_82_each_file_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
