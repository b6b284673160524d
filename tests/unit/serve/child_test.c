/* LINK: serve/child.c base/loop.c base/clock.c tests/lib/fake_log.c base/fault.c */
#include "serve/child.h"

#include "tests/lib/fake_log.h"
#include "tests/lib/test.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STATUS 7

static void
sleep_ms(long ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000 };

	nanosleep(&t, NULL);
}

/* As a process that has not come to its own handlers yet. */
static int
dawdle(void *arg)
{
	(void)arg;
	child_ready();
	sleep_ms(200);
	return STATUS;
}

static const struct child_kind kind = { "dawdler", dawdle };

static int
status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
start(struct child *c)
{
	child_start(c, &kind, NULL);
	for (int i = 0; i < 500 && !child_is_ready(c); i++)
		sleep_ms(2);
	assert_true(child_is_ready(c));
}

static void
F_64_a_reload_does_not_kill_who_is_starting(void **state)
{
	struct child c = { 0 };
	int status;

	(void)state;
	start(&c);
	child_signal(&c, SIGHUP);
	status = status_of(c.pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), STATUS);
	child_ended(&c, c.pid, status, true);
}

/* No descriptors, no processes: one death more, and the others live on. */
static void
F_58_who_cannot_be_started_is_tried_again(void **state)
{
	struct child c = { 0 };
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	fake_log_reset();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	child_start(&c, &kind, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(c.pid, 0);
	assert_int_equal(fake_log_lines(), 1);
	assert_non_null(strstr(fake_log_last(), "dawdler"));
	assert_false(child_is_ready(&c));
	assert_false(child_is_due(&c)); /* not at once */
	sleep_ms(60);
	assert_true(child_is_due(&c));
	start(&c);
	child_ended(&c, c.pid, status_of(c.pid), true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F_64_a_reload_does_not_kill_who_is_starting),
		cmocka_unit_test(F_58_who_cannot_be_started_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
