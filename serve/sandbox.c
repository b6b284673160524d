#include "serve/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --------------------------------------------------------------- Landlock */

/* Of kernels that are newer than Debian 12's headers. */
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define RULE_NET_PORT 2
#define SCOPE_ABSTRACT_SOCKETS (1ULL << 0)
#define SCOPE_SIGNALS (1ULL << 1)

struct ruleset {
	uint64_t files, network, scopes;
};

struct port_rule {
	uint64_t access, port;
};

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* No device, socket or FIFO is ever made, and no link to another folder. */
#define FS_WRITE                                                               \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |         \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE)
#define FS_ALL_OF_ABI_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FS_OF_FILES                                                            \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |        \
	    FS_TRUNCATE)

/* What the kernel can forbid, all of it is. */
static struct ruleset
known_to(int abi)
{
	struct ruleset r = { FS_ALL_OF_ABI_1, 0, 0 };

	if (abi >= 2)
		r.files |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		r.files |= FS_TRUNCATE;
	if (abi >= 4)
		r.network = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 5)
		r.files |= FS_IOCTL_DEV;
	if (abi >= 6)
		r.scopes = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
	return r;
}

/* As much of it as that kernel knows. */
static size_t
size_of_ruleset(int abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset);
	return abi >= 4 ? offsetof(struct ruleset, scopes)
			: offsetof(struct ruleset, network);
}

static int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

bool
sandbox_possible(struct fault *why)
{
	if (landlock_abi() == 0)
		return fault_set(why,
		    "this kernel has no Landlock (%s); start it with landlock "
		    "in lsm=, or say best-effort",
		    strerror(errno));
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return fault_set(why,
		    "this kernel has no seccomp (%s); take one that has, or "
		    "say best-effort",
		    strerror(errno));
	return true;
}

void
sandbox_begin(struct sandbox *box, enum sandbox_network network)
{
	struct ruleset r;

	*box = (struct sandbox){
		.abi = landlock_abi(), .rules = -1, .network = network
	};
	if (box->abi == 0)
		return;
	r = known_to(box->abi);
	if (network == SANDBOX_CLIENT)
		r.network = 0;
	box->rules = (int)syscall(
	    SYS_landlock_create_ruleset, &r, size_of_ruleset(box->abi), 0);
}

static void
add_path(struct sandbox *box, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { 0 };
	struct stat st;
	int fd = box->rules < 0 ? -1 : open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return;
	access &= known_to(box->abi).files;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		access &= FS_OF_FILES;
	rule.allowed_access = access;
	rule.parent_fd = fd;
	(void)syscall(SYS_landlock_add_rule, box->rules,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(fd);
}

void
sandbox_read(struct sandbox *box, const char *path)
{
	add_path(box, path, FS_READ);
}

void
sandbox_write(struct sandbox *box, const char *folder)
{
	box->writes = true;
	add_path(box, folder, FS_READ | FS_WRITE);
}

void
sandbox_port(struct sandbox *box, unsigned port)
{
	struct port_rule rule = { NET_CONNECT_TCP, port };

	if (box->rules >= 0 && box->network == SANDBOX_PORTS && box->abi >= 4)
		(void)syscall(
		    SYS_landlock_add_rule, box->rules, RULE_NET_PORT, &rule, 0);
}

static bool
enter_landlock(struct sandbox *box, struct fault *why)
{
	bool entered = box->rules >= 0 &&
		       syscall(SYS_landlock_restrict_self, box->rules, 0) == 0;

	if (!entered)
		fault_set(why, "Landlock: %s",
		    box->abi == 0 ? "this kernel has none" : strerror(errno));
	if (box->rules >= 0)
		close(box->rules);
	box->rules = -1;
	return entered;
}

/* ---------------------------------------------------------------- seccomp */

/*
 * All that our libraries and the C library need in a process that serves. No
 * other program, process or session; no kill, which reaches others; nothing of
 * the machine.
 */
/* clang-format off */
static const char *const calls[] = {
	/* files and descriptors: which ones is Landlock's part */
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv",
	"pwritev", "lseek", "_llseek", "close", "close_range", "open",
	"openat", "stat", "fstat", "lstat", "stat64", "fstat64", "lstat64",
	"fstatat64", "newfstatat", "statx", "statfs", "fstatfs", "access",
	"faccessat", "faccessat2", "readlink", "readlinkat", "getdents",
	"getdents64", "getcwd", "fcntl", "fcntl64", "dup", "dup2", "dup3",
	"fadvise64",
	/* waiting */
	"pipe", "pipe2", "poll", "ppoll", "ppoll_time64", "select", "pselect6",
	"pselect6_time64", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd2",
	"timerfd_create", "timerfd_settime", "timerfd_gettime", "nanosleep",
	"clock_nanosleep", "clock_nanosleep_time64", "restart_syscall",
	/* memory: mmap and mprotect are below */
	"munmap", "mremap", "madvise", "brk",
	"mlock", "mlock2", "munlock", "membarrier",
	/* threads */
	"futex", "futex_time64", "futex_waitv", "set_robust_list",
	"get_robust_list", "rseq", "set_tid_address", "sched_yield",
	"sched_getaffinity", "sched_getparam", "sched_getscheduler",
	"getpriority", "exit", "exit_group",
	/* signals */
	"rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait",
	"rt_sigtimedwait_time64", "rt_sigpending", "rt_sigsuspend",
	"sigaltstack", "sigreturn",
	/* who, when, how much */
	"getpid", "gettid", "getppid", "getuid", "geteuid", "getgid",
	"getegid", "getuid32", "geteuid32", "getgid32", "getegid32",
	"getrandom", "clock_gettime", "clock_gettime64", "clock_getres",
	"clock_getres_time64", "gettimeofday", "time", "times", "getrusage",
	"getrlimit", "ugetrlimit", "uname", "sysinfo",
	/* sockets: socket() itself is below */
	"connect", "accept", "accept4", "listen", "getsockname", "getpeername",
	"getsockopt", "setsockopt", "send", "sendto", "sendmsg", "sendmmsg",
	"recv", "recvfrom", "recvmsg", "recvmmsg", "recvmmsg_time64",
	"shutdown",
#ifdef __SANITIZE_ADDRESS__ /* LeakSanitizer traces its own process */
	"clone", "ptrace", "process_vm_readv", "prctl", "wait4", "kill",
	"tkill", "tgkill", "personality", "mincore", "prlimit64",
#endif
};
/* clang-format on */

/* Where Landlock says in which folder. */
static const char *const writing_calls[] = { "rename", "renameat", "renameat2",
	"unlink", "unlinkat", "mkdir", "mkdirat", "fsync", "fdatasync",
	"ftruncate", "fchmod" };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool
allow_all(scmp_filter_ctx filter, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int call = seccomp_syscall_resolve_name(names[i]);
		int rc = call == __NR_SCMP_ERROR ? 0
						 : seccomp_rule_add(filter,
						       SCMP_ACT_ALLOW, call, 0);

		/* One that this machine's kind of kernel has not. */
		if (rc != 0 && rc != -EDOM)
			return false;
	}
	return true;
}

static bool
allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp is)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, is) == 0;
}

static bool
allow_family(scmp_filter_ctx filter, int family)
{
	struct scmp_arg_cmp is = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family);

	return allow_if(filter, SCMP_SYS(socket), is);
}

/* Of IPv6 and IPv4; resolvers ask by netlink which addresses we have. */
static bool
allow_sockets(scmp_filter_ctx filter, enum sandbox_network network)
{
	return allow_family(filter, AF_UNIX) &&
	       allow_if(filter, SCMP_SYS(socketpair),
		   SCMP_A0(SCMP_CMP_EQ, AF_UNIX)) &&
	       (network == SANDBOX_LOCAL ||
		   (allow_family(filter, AF_INET) &&
		       allow_family(filter, AF_INET6) &&
		       allow_family(filter, AF_NETLINK) &&
		       seccomp_rule_add(
			   filter, SCMP_ACT_ALLOW, SCMP_SYS(bind), 0) == 0));
}

/* Threads, but no process; clone3 hides its flags behind a pointer, and the C
 * library does without it. */
static bool
allow_threads(scmp_filter_ctx filter)
{
#ifndef __SANITIZE_ADDRESS__
	if (!allow_if(filter, SCMP_SYS(clone),
		SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) ||
	    !allow_if(filter, SCMP_SYS(tgkill),
		SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())) ||
	    !allow_if(
		filter, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)) ||
	    !allow_if(
		filter, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_VMA)) ||
	    /* Its own limits, read only. */
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
		SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0)) != 0)
		return false;
#endif
	return seccomp_rule_add(
		   filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(setpriority),
		   2, SCMP_A0(SCMP_CMP_EQ, PRIO_PROCESS),
		   SCMP_A1(SCMP_CMP_EQ, 0)) == 0 &&
	       allow_if(
		   filter, SCMP_SYS(sched_setattr), SCMP_A0(SCMP_CMP_EQ, 0));
}

/*
 * Memory that is written is never run, nor made to be; of files only what a
 * library is mapped with can be (T8). Whoever has a folder to write in could
 * make such a file: to him a library that is loaded late is one that is not
 * there.
 */
static bool
allow_memory(scmp_filter_ctx filter, bool writes)
{
	static const int maps[] = { SCMP_SYS(mmap), SCMP_SYS(mmap2) };
	const scmp_datum_t run = PROT_EXEC, both = PROT_EXEC | PROT_WRITE;
	uint32_t of_file = writes ? SCMP_ACT_ERRNO(EACCES) : SCMP_ACT_ALLOW;

	for (size_t i = 0; i < COUNT(maps); i++) {
		int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, maps[i], 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, run, 0));

		if (rc == -EDOM) /* none on this kind of machine */
			continue;
		if (rc != 0 ||
		    seccomp_rule_add(filter, of_file, maps[i], 2,
			SCMP_A2(SCMP_CMP_MASKED_EQ, both, run),
			SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0)) != 0)
			return false;
	}
	return allow_if(
	    filter, SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, run, 0));
}

/* What a descriptor has to read, and whether it waits; whether it is a
 * terminal. SIGSYS stays with us. */
static bool
allow_parts(scmp_filter_ctx filter)
{
	static const scmp_datum_t controls[] = { 0x541b /* FIONREAD */,
		0x5421 /* FIONBIO */, 0x5401 /* TCGETS */ };

	for (size_t i = 0; i < COUNT(controls); i++)
		if (!allow_if(filter, SCMP_SYS(ioctl),
			SCMP_A1(SCMP_CMP_EQ, controls[i])))
			return false;
	return allow_if(
	    filter, SCMP_SYS(rt_sigaction), SCMP_A0(SCMP_CMP_NE, SIGSYS));
}

static bool
load_filter(const struct sandbox *box)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	bool loaded =
	    filter != NULL &&
	    seccomp_attr_set(
		filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
	    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
	    allow_all(filter, calls, COUNT(calls)) &&
	    (!box->writes ||
		allow_all(filter, writing_calls, COUNT(writing_calls))) &&
	    allow_sockets(filter, box->network) && allow_threads(filter) &&
	    allow_memory(filter, box->writes) && allow_parts(filter) &&
	    seccomp_load(filter) == 0;

	if (filter != NULL)
		seccomp_release(filter);
	return loaded;
}

/* ------------------------------------------------------- a forbidden call */

static int told; /* the descriptor */

/* The action is the default one again: the second signal kills. */
static void
on_forbidden(int number, siginfo_t *info, void *context)
{
	struct sandbox_call call = { SANDBOX_CALL_MARK,
		(unsigned char)(info->si_syscall & 0xff),
		(unsigned char)(info->si_syscall >> 8 & 0xff) };

	(void)context;
	(void)send(told, &call, sizeof(call), MSG_NOSIGNAL | MSG_DONTWAIT);
	raise(number);
	_exit(128 + number);
}

static bool
enter_seccomp(const struct sandbox *box, int teller, struct fault *why)
{
	struct sigaction action = { .sa_sigaction = on_forbidden,
		.sa_flags = SA_SIGINFO | (int)SA_RESETHAND | SA_NODEFER };

	told = teller;
	sigaction(SIGSYS, &action, NULL);
	return load_filter(box) || fault_set(why, "seccomp: no filter");
}

bool
sandbox_enter(struct sandbox *box, int teller, struct fault *why)
{
	struct fault second;
	bool landlock, seccomp;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	landlock = enter_landlock(box, why);
	seccomp = enter_seccomp(box, teller, landlock ? why : &second);
	return landlock && seccomp;
}

void
sandbox_call_name(const struct sandbox_call *call, char *out, unsigned size)
{
	char *name = seccomp_syscall_resolve_num_arch(
	    SCMP_ARCH_NATIVE, call->low | call->high << 8);

	snprintf(out, size, "%s", name != NULL ? name : "unknown");
	free(name);
}
