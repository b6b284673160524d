/* FAKES: log */
/*
 * A process of the service that has been taken over: this program, executed by
 * serve/child.c as `koshin-ROW/ATTACK`, has what the row reaches and tries for
 * more. Its status is 0 where the attack has worked.
 */
#include "serve/sandbox.h"

#include "serve/child.h"
#include "serve/program.h"
#include "serve/reach.h"
#include "tests/lib/fake_log.h"
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCAL "host=/nowhere dbname=koshin"
#define REMOTE "host=192.0.2.1 port=65001 dbname=koshin"
#define MAX 4096
#define WORKED 0
#define REFUSED 1
#define NO_ATTACK 2

/* ------------------------------------------------------------- the world */

static const char *const secrets[] = { "ca.key", "ca.password", "code.key",
	"audit.key", "redis.password", "mail.password", "tls.key",
	"ticket.key" };
static const char *const folders[] = { "heads", "tls", "texts" };
static const char *const others[] = { "ca.pem", "heads/head", "tls/server.pem",
	"texts/text" };

static char *
in(const char *folder, const char *name)
{
	static char paths[32][MAX];
	static int next;
	char *path = paths[next++ % 32];

	snprintf(path, MAX, "%s/%s", folder, name);
	return path;
}

static struct config
config_in(const char *folder, char *database)
{
	return (struct config){ .ca = { .key = in(folder, "ca.key"),
				    .key_password = in(folder, "ca.password"),
				    .certificate = in(folder, "ca.pem") },
		.tls = { .key = in(folder, "tls.key"),
		    .ticket_key = in(folder, "ticket.key"),
		    .certificate = in(folder, "tls/server.pem") },
		.database = { .front = database,
		    .auth = database,
		    .issuer = database,
		    .courier = database,
		    .sealer = database },
		.redis = { .socket = in(folder, "redis.sock"),
		    .password = in(folder, "redis.password") },
		.mail = { .relay = (char *)"smtp://127.0.0.1:65002",
		    .password = in(folder, "mail.password"),
		    .templates = in(folder, "texts") },
		.audit = { .head = in(folder, "heads/head") },
		.code_key = in(folder, "code.key"),
		.audit_key = in(folder, "audit.key") };
}

static void
put(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static char folder[] = "/tmp/koshin-sandbox-XXXXXX";

static int
make_world(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	for (size_t i = 0; i < COUNT(folders); i++)
		if (mkdir(in(folder, folders[i]), 0700) != 0)
			return -1;
	for (size_t i = 0; i < COUNT(secrets); i++)
		put(in(folder, secrets[i]));
	for (size_t i = 0; i < COUNT(others); i++)
		put(in(folder, others[i]));
	return 0;
}

static int
end_world(void **state)
{
	char command[MAX];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* --------------------------------------------------------------- attacks */

static int
run_another(void)
{
	execl("/bin/true", "true", NULL);
	return REFUSED;
}

static int
trace(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0 ? WORKED : REFUSED;
}

static int
fork_one(void)
{
	return fork() >= 0 ? WORKED : REFUSED;
}

static int
signal_parent(void)
{
	return kill(getppid(), 0) == 0 ? WORKED : REFUSED;
}

static int
silence(void)
{
	return signal(SIGSYS, SIG_IGN) != SIG_ERR ? WORKED : REFUSED;
}

static int
speak_ip(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? WORKED : REFUSED;
}

static int
speak_raw(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? WORKED : REFUSED;
}

static int
ask_ring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL) >= 0 ? WORKED : REFUSED;
}

/* Code of its own, without a file: memory that is written and run. */
static int
dig(void)
{
	return mmap(NULL, MAX, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED
		   ? WORKED
		   : REFUSED;
}

static int
turn(void)
{
	void *page = mmap(NULL, MAX, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, MAX, PROT_READ | PROT_EXEC) == 0 ? WORKED
							       : REFUSED;
}

/* A socket that has no file, and so no mode: as the X server's has been. */
static socklen_t
abstract_name(struct sockaddr_un *name, pid_t owner)
{
	*name = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "koshin-%d",
	    (int)owner);
	return sizeof(*name);
}

static int
reach_abstract(void)
{
	struct sockaddr_un name;
	socklen_t len = abstract_name(&name, getppid());
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&name, len) == 0 ? WORKED
							       : REFUSED;
}

/* Refused by the machine (EACCES) or by nobody there. */
static int
reach_port(in_port_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	connect(fd, (struct sockaddr *)&to, sizeof(to));
	return errno == EACCES ? REFUSED : WORKED;
}

static int
reach_elsewhere(void)
{
	return reach_port(65003);
}

static int
reach_relay(void)
{
	return reach_port(65002);
}

/* How many of the secrets can be opened by their names. */
static int
open_secrets(const char *at)
{
	int opened = 0;

	for (size_t i = 0; i < COUNT(secrets); i++)
		opened += open(in(at, secrets[i]), O_RDONLY) >= 0;
	return opened > 0 ? WORKED : REFUSED;
}

static int
write_beside(const char *at)
{
	return open(in(at, "new"), O_WRONLY | O_CREAT, 0600) >= 0 ? WORKED
								  : REFUSED;
}

static int
read_system(void)
{
	return open("/etc/hostname", O_RDONLY) >= 0 ||
		       open("/proc/self/maps", O_RDONLY) >= 0
		   ? WORKED
		   : REFUSED;
}

static int
read_own(const char *file)
{
	return open(file, O_RDONLY) >= 0 ? WORKED : REFUSED;
}

static int
replace_head(const struct config *c)
{
	char fresh[MAX];

	snprintf(fresh, sizeof(fresh), "%s.new", c->audit.head);
	if (open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600) < 0)
		return REFUSED;
	return rename(fresh, c->audit.head) == 0 ? WORKED : REFUSED;
}

static const struct {
	const char *name;
	int (*run)(void);
} attacks[] = {
	{ "run", run_another },
	{ "trace", trace },
	{ "fork", fork_one },
	{ "signal", signal_parent },
	{ "silence", silence },
	{ "dig", dig },
	{ "turn", turn },
	{ "abstract", reach_abstract },
	{ "ip", speak_ip },
	{ "raw", speak_raw },
	{ "ring", ask_ring },
	{ "elsewhere", reach_elsewhere },
	{ "relay", reach_relay },
	{ "system", read_system },
};

static int
attack(const char *name, const char *at, const struct config *c)
{
	for (size_t i = 0; i < COUNT(attacks); i++)
		if (strcmp(name, attacks[i].name) == 0)
			return attacks[i].run();
	if (strcmp(name, "secrets") == 0)
		return open_secrets(at);
	if (strcmp(name, "write") == 0)
		return write_beside(at);
	if (strcmp(name, "head") == 0)
		return replace_head(c);
	if (strcmp(name, "certificate") == 0)
		return read_own(c->ca.certificate);
	if (strcmp(name, "text") == 0)
		return read_own(in(at, "texts/text"));
	return NO_ATTACK;
}

/* ------------------------------------------------------------- the child */

static const struct service *
service_of(const char *name, size_t len)
{
	for (int i = 0; i < SERVICES; i++)
		if (strncmp(services[i].name, name, len) == 0)
			return &services[i];
	return NULL;
}

/* `koshin-ROW/ATTACK`, or ROW+ATTACK with its database elsewhere. */
static int
be_taken_over(const char *name, const char *at)
{
	size_t len = strcspn(name, "/+");
	const struct service *s = service_of(name, len);
	struct config c =
	    config_in(at, (char *)(name[len] == '+' ? REMOTE : LOCAL));
	struct sandbox box;
	struct fault why;

	if (s == NULL)
		return NO_ATTACK;
	reach_open(s, &c, &box);
	if (!sandbox_enter(&box, CHILD_FD_PARENT, &why) &&
	    sandbox_possible(&why))
		return NO_ATTACK;
	return attack(name + len + 1, at, &c);
}

/* -------------------------------------------------------------- the tests */

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
	socklen_t len = abstract_name(&name, getpid());
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
		cmocka_unit_test(
		    T8_without_Landlock_calls_are_forbidden_and_it_is_said),
	};

	if (argc == 3 && strcmp(argv[0], "koshin-abi") == 0)
		return tell_abi();
	if (argc == 3 && strcmp(argv[0], "koshin-blind") == 0)
		return without_landlock();
	if (argc == 3 && strncmp(argv[0], "koshin-", 7) == 0)
		return be_taken_over(argv[0] + 7, argv[1]);
	return cmocka_run_group_tests(tests, make_world, end_world);
}
