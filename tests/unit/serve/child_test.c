/* FAKES: log */
/*
 * The child is this program too: executed as `koshin-dawdler` and the like it
 * goes on below.
 */
#include "serve/child.h"

#include "base/clock.h"
#include "base/secret.h"
#include "serve/entry.h"
#include "serve/program.h"
#include "tests/lib/fake_log.h"
#include "tests/lib/test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STATUS 7
#define HIGH 20 /* above all that a child is given */
#define PLACE "/nowhere/koshin.yaml"

static const struct service dawdler = { .name = "dawdler" };
static const struct service looker = { .name = "looker" };
static const struct service reader = { .name = "reader" };
static const struct config_service stay; /* what we are */
static int itself = -1;

static void
sleep_ms(long ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000 };

	nanosleep(&t, NULL);
}

/* ------------------------------------------------------------- the child */

static void
tell(enum stage stage)
{
	unsigned char byte = (unsigned char)stage;

	if (write(CHILD_FD_PARENT, &byte, 1) != 1)
		_exit(1);
}

/* As a process that has not come to its own handlers yet. */
static int
dawdle(void)
{
	tell(STAGE_STARTED);
	sleep_ms(200);
	return STATUS;
}

/* Has what it was given, and not one descriptor more. */
static int
look(const char *path)
{
	char text[16] = "";
	int open_ones = 0;

	for (int fd = 3; fd < 256; fd++)
		open_ones += fcntl(fd, F_GETFD) >= 0;
	if (strcmp(path, PLACE) != 0 || open_ones != 4 ||
	    pread(CHILD_FD_CONFIG, text, sizeof(text) - 1, 0) != 4 ||
	    strcmp(text, "text") != 0 ||
	    lseek(CHILD_FD_CONFIG, 9, SEEK_SET) < 0)
		return 1;
	if (write(CHILD_FD_LISTENERS, "x", 1) != 1)
		return 2;
	tell(STAGE_STARTED);
	tell(STAGE_SERVING);
	return STATUS;
}

static bool
says(const char *secret, const char *expected)
{
	char text[16];
	struct fault why;

	return secret_read_text(secret, text, sizeof(text), &why) &&
	       strcmp(text, expected) == 0;
}

/* Its second secret is another one after a reload, its first is not. */
static int
read_secrets(void)
{
	sigset_t hup;
	int number;

	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hup, NULL);
	secret_give("first", CHILD_FD_SECRETS);
	secret_give("second", CHILD_FD_SECRETS + 1);
	tell(STAGE_STARTED);
	sigwait(&hup, &number);
	if (!says("first", "one") || !says("second", "old"))
		return 1;
	entry_reload();
	return says("first", "one") && says("second", "new") ? STATUS : 2;
}

/* ------------------------------------------------------------ the parent */

static struct child_given
nothing(void)
{
	struct child_given given = {
		.users = &stay, .config_path = PLACE, .program = itself
	};

	for (int i = 0; i < CHILD_FD_END; i++)
		given.fds[i] = -1;
	return given;
}

static int
status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Until it has told that much, or has ended. */
static void
hear_until(struct child *c, enum stage stage)
{
	while (c->stage < stage && c->fd >= 0) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };

		assert_int_equal(poll(&p, 1, 60000), 1);
		child_hear(c);
	}
	assert_int_equal(c->stage, stage);
}

static void
F_64_a_reload_does_not_kill_who_is_starting(void **state)
{
	struct child_given given = nothing();
	struct child c = { 0 };

	(void)state;
	child_start(&c, &dawdler, &given);
	hear_until(&c, STAGE_STARTED);
	child_signal(&c, SIGHUP);
	assert_int_equal(status_of(c.pid), STATUS);
	child_ended(&c, c.pid, 0, true);
	assert_int_equal(c.fd, -1);
}

static void
I_11_a_child_has_the_descriptors_it_is_given_and_no_other(void **state)
{
	int config = fcntl(memfd_create("config", 0), F_DUPFD, HIGH);
	/* Not closed on exec, as one that our own parent has forgotten. */
	int stray = fcntl(STDIN_FILENO, F_DUPFD, HIGH);
	int ends[2];
	struct child_given given = nothing();
	struct child c = { 0 };
	char byte;

	(void)state;
	assert_int_equal(write(config, "text", 4), 4);
	assert_int_equal(pipe(ends), 0);
	ends[0] = fcntl(ends[0], F_DUPFD, HIGH);
	ends[1] = fcntl(ends[1], F_DUPFD, HIGH);
	/* Each where another one shall be. */
	given.fds[CHILD_FD_LISTENERS] = dup2(ends[1], CHILD_FD_CONFIG);
	given.fds[CHILD_FD_CONFIG] = dup2(config, CHILD_FD_LOCK);
	given.fds[CHILD_FD_LOCK] = dup2(ends[1], CHILD_FD_LISTENERS);
	child_start(&c, &looker, &given);
	hear_until(&c, STAGE_SERVING);
	assert_int_equal(status_of(c.pid), STATUS);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	child_ended(&c, c.pid, 0, true);
	assert_true(fcntl(stray, F_GETFD) >= 0);
	close(stray);
}

static int
secret(const char *text)
{
	int fd = memfd_create("secret", MFD_CLOEXEC);

	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void
F_77_I_11_a_reload_brings_the_secrets_that_are_there_now(void **state)
{
	struct child_given given = nothing();
	struct child c = { 0 };

	(void)state;
	given.fds[CHILD_FD_SECRETS] = secret("one\n");
	given.fds[CHILD_FD_SECRETS + 1] = secret("old\n");
	child_start(&c, &reader, &given);
	hear_until(&c, STAGE_STARTED);
	close(given.fds[CHILD_FD_SECRETS]);
	close(given.fds[CHILD_FD_SECRETS + 1]);
	given.fds[CHILD_FD_SECRETS] = -1; /* has none of that name now */
	given.fds[CHILD_FD_SECRETS + 1] = secret("new\n");
	child_reload(&c, &given);
	assert_int_equal(status_of(c.pid), STATUS);
	child_ended(&c, c.pid, 0, true);
	close(given.fds[CHILD_FD_SECRETS + 1]);
}

/* No descriptors, no processes: one death more, and the others live on. */
static void
F_58_who_cannot_be_started_is_tried_again(void **state)
{
	struct child_given given = nothing();
	struct child c = { 0 };
	struct rlimit before, none;
	int64_t now_us;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	fake_log_reset();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	now_us = clock_mono_us();
	child_start(&c, &dawdler, &given);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(c.pid, 0);
	assert_int_equal(fake_log_lines(), 1);
	assert_non_null(strstr(fake_log_last(), "dawdler"));
	assert_true(c.due_us > now_us); /* not at once */
	child_start(&c, &dawdler, &given);
	hear_until(&c, STAGE_STARTED);
	child_ended(&c, c.pid, status_of(c.pid), true);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(F_64_a_reload_does_not_kill_who_is_starting),
		cmocka_unit_test(
		    I_11_a_child_has_the_descriptors_it_is_given_and_no_other),
		cmocka_unit_test(
		    F_77_I_11_a_reload_brings_the_secrets_that_are_there_now),
		cmocka_unit_test(F_58_who_cannot_be_started_is_tried_again),
	};
	struct fault why;

	if (argc == 3 && strcmp(argv[0], "koshin-dawdler") == 0)
		return dawdle();
	if (argc == 3 && strcmp(argv[0], "koshin-looker") == 0)
		return look(argv[1]);
	if (argc == 3 && strcmp(argv[0], "koshin-reader") == 0)
		return read_secrets();
	itself = program_open(NULL, &why);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
