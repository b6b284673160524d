/* FAKES: log */
/*
 * Each row of serve/services.c as a process that has been taken over
 * (tests/lib/taken_over.h): what it gets at, and what ends it.
 */
#include "serve/sandbox.h"

#include "serve/child.h"
#include "serve/program.h"
#include "tests/lib/fake_log.h"
#include "tests/lib/taken_over.h"
#include "tests/lib/test.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/koshin-sandbox-XXXXXX";

static int
make_world(void **state)
{
	(void)state;
	return taken_over_make(folder);
}

static int
end_world(void **state)
{
	(void)state;
	return taken_over_end(folder);
}

static int
status_of(const char *row, const char *how)
{
	static const struct config_service stay;
	struct fault why;
	struct child_given given = { .users = &stay,
		.config_path = folder,
		.program = program_open(NULL, &why) };
	struct service s = { 0 };
	struct child c = { 0 };
	char name[64];
	int status;

	snprintf(name, sizeof(name), "%s%s", row, how);
	s.name = name;
	for (int i = 0; i < CHILD_FD_END; i++)
		given.fds[i] = -1;
	fake_log_reset();
	child_start(&c, &s, &given);
	close(given.program);
	assert_int_equal(waitpid(c.pid, &status, 0), c.pid);
	child_ended(&c, c.pid, status, false);
	return status;
}

static void
dies_of(const char *row, const char *how, const char *call)
{
	char said[64];
	int status = status_of(row, how);

	snprintf(said, sizeof(said), "signal=%d call=%s", SIGSYS, call);
	if (!WIFSIGNALED(status) || strstr(fake_log_last(), said) == NULL)
		fail_msg("%s%s: status %#x: %s", row, how, (unsigned)status,
		    fake_log_last());
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void
ends_with(const char *row, const char *how, int expected)
{
	int status = status_of(row, how);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
		fail_msg("%s%s: status %#x: %s", row, how, (unsigned)status,
		    fake_log_last());
}

static void
T8_a_forbidden_call_ends_each_process_and_says_which(void **state)
{
	(void)state;
	for (int i = 0; i < SERVICES; i++) {
		const char *row = services[i].name;

		dies_of(row, "/run", "execve");
		dies_of(row, "/raw", "socket");
		dies_of(row, "/ring", "io_uring_setup");
		dies_of(row, "/silence", "rt_sigaction");
		dies_of(row, "/dig", "mmap");
		dies_of(row, "/turn", "mprotect");
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer does these */
		dies_of(row, "/trace", "ptrace");
		dies_of(row, "/fork", "clone");
		dies_of(row, "/signal", "kill");
#endif
	}
}

/* With the stores on Unix sockets only mail goes over a network. */
static void
T8_who_needs_no_network_has_none(void **state)
{
	(void)state;
	for (int i = 0; i < SERVICES; i++)
		if (services[i].mails)
			ends_with(services[i].name, "/ip", WORKED);
		else
			dies_of(services[i].name, "/ip", "socket");
	ends_with("issuer", "+ip", WORKED);
}

/* A process of its own asks: valgrind, under which we may run and it does
 * not, knows no such call. */
static int
tell_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

/* An old kernel cannot tell ports, and one without Landlock no files: there it
 * must be seen that nothing is promised. */
static int
refused_from(int abi)
{
	return WEXITSTATUS(status_of("abi", "")) >= abi ? REFUSED : WORKED;
}

static void
T8_who_has_a_network_reaches_its_own_ports_alone(void **state)
{
	(void)state;
	ends_with("courier", "/relay", WORKED);
	ends_with("courier", "/elsewhere", refused_from(4));
	ends_with("issuer", "+elsewhere", refused_from(4));
	ends_with("issuer", "+relay", refused_from(4));
}

static void
T8_a_socket_that_has_no_file_is_out_of_reach(void **state)
{
	struct sockaddr_un name;
	socklen_t len = taken_over_abstract(&name, getpid());
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&name, len), 0);
	assert_int_equal(listen(fd, SERVICES), 0);
	for (int i = 0; i < SERVICES; i++)
		ends_with(services[i].name, "/abstract", refused_from(6));
	close(fd);
}

static void
T8_no_process_opens_a_secret_by_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < SERVICES; i++) {
		ends_with(services[i].name, "/secrets", refused_from(1));
		ends_with(services[i].name, "/write", refused_from(1));
#ifndef __SANITIZE_ADDRESS__ /* it reads /proc */
		ends_with(services[i].name, "/system", refused_from(1));
#endif
	}
}

static void
T8_what_stands_in_its_row_it_can_read(void **state)
{
	(void)state;
	ends_with("front", "/certificate", WORKED);
	ends_with("issuer", "/certificate", WORKED);
	ends_with("courier", "/text", WORKED);
	ends_with("sealer", "/head", WORKED);
	ends_with("auth", "/certificate", refused_from(1));
	ends_with("front", "/text", refused_from(1));
#ifndef __SANITIZE_ADDRESS__
	ends_with("courier", "/head", refused_from(1));
#endif
}

static void
T8_nobody_runs_a_file_that_it_has_written(void **state)
{
	(void)state;
	for (int i = 0; i < SERVICES; i++)
		ends_with(services[i].name, "/plant",
		    services[i].writes != 0 ? REFUSED : refused_from(1));
}

/* As on a kernel that was started without it. */
static int
without_landlock(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	struct sandbox box;
	struct fault why;

	if (filter == NULL ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EOPNOTSUPP),
		SCMP_SYS(landlock_create_ruleset), 0) != 0 ||
	    seccomp_load(filter) != 0)
		return 10;
	seccomp_release(filter);
	if (sandbox_possible(&why) || strstr(why.text, "Landlock") == NULL ||
	    strstr(why.text, "best-effort") == NULL)
		return 11;
	sandbox_begin(&box, SANDBOX_LOCAL);
	if (sandbox_enter(&box, CHILD_FD_PARENT, &why) ||
	    strstr(why.text, "Landlock") == NULL)
		return 12;
	execl("/bin/true", "true", NULL);
	return 13;
}

static void
T8_without_Landlock_calls_are_forbidden_and_it_is_said(void **state)
{
	(void)state;
	dies_of("blind", "", "execve");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    T8_a_forbidden_call_ends_each_process_and_says_which),
		cmocka_unit_test(T8_who_needs_no_network_has_none),
		cmocka_unit_test(
		    T8_who_has_a_network_reaches_its_own_ports_alone),
		cmocka_unit_test(T8_a_socket_that_has_no_file_is_out_of_reach),
		cmocka_unit_test(T8_no_process_opens_a_secret_by_its_name),
		cmocka_unit_test(T8_what_stands_in_its_row_it_can_read),
		cmocka_unit_test(T8_nobody_runs_a_file_that_it_has_written),
		cmocka_unit_test(
		    T8_without_Landlock_calls_are_forbidden_and_it_is_said),
	};

	if (argc == 3 && strcmp(argv[0], "koshin-abi") == 0)
		return tell_abi();
	if (argc == 3 && strcmp(argv[0], "koshin-blind") == 0)
		return without_landlock();
	if (argc == 3 && strncmp(argv[0], "koshin-", 7) == 0)
		return taken_over(argv[0], argv[1]);
	return cmocka_run_group_tests(tests, make_world, end_world);
}
