#include "tests/lib/taken_over.h"

#include "serve/child.h"
#include "serve/reach.h"
#include "serve/sandbox.h"
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOCAL "host=/nowhere dbname=koshin"
#define REMOTE "host=192.0.2.1 port=65001 dbname=koshin"
#define MAX 4096

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

int
taken_over_make(char *folder)
{
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

int
taken_over_end(const char *folder)
{
	char command[MAX];

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

socklen_t
taken_over_abstract(struct sockaddr_un *name, pid_t owner)
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
	socklen_t len = taken_over_abstract(&name, getppid());
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

/* Code of its own in a file of its own, where it has a folder to write in. */
static int
plant(const struct config *c)
{
	char path[MAX];
	void *page;
	int fd;

	snprintf(path, sizeof(path), "%s.planted", c->audit.head);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1)
		return REFUSED;
	page = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	return page != MAP_FAILED ? WORKED : REFUSED;
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
	if (strcmp(name, "plant") == 0)
		return plant(c);
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

int
taken_over(const char *argv0, const char *folder)
{
	const char *name = argv0 + strlen("koshin-");
	size_t len = strcspn(name, "/+");
	const struct service *s = service_of(name, len);
	struct config c =
	    config_in(folder, (char *)(name[len] == '+' ? REMOTE : LOCAL));
	struct sandbox box;
	struct fault why;

	if (s == NULL)
		return NO_ATTACK;
	reach_open(s, &c, &box);
	if (!sandbox_enter(&box, CHILD_FD_PARENT, &why) &&
	    sandbox_possible(&why))
		return NO_ATTACK;
	return attack(name + len + 1, folder, &c);
}
