#include "serve/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Opened and read, it is the program under valgrind, too. */
#define ITSELF "/proc/self/exe"

#define VERSION_MAX 64

_Noreturn static void
say_version(int program, const char *name, int out)
{
	char option[] = "--version", argv0[64];
	char *argv[] = { argv0, option, NULL };

	snprintf(argv0, sizeof(argv0), "%s", name);
	if (dup2(out, STDOUT_FILENO) >= 0)
		fexecve(program, argv, environ);
	_exit(1);
}

/* Its first line; empty if it has none. */
static void
ask_version(int program, const char *name, char version[VERSION_MAX])
{
	size_t used = 0;
	int ends[2];
	ssize_t n;
	pid_t pid;

	version[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) != 0)
		return;
	pid = fork();
	if (pid == 0)
		say_version(program, name, ends[1]);
	close(ends[1]);
	while ((n = read(ends[0], version + used, VERSION_MAX - 1 - used)) > 0)
		used += (size_t)n;
	close(ends[0]);
	version[used] = '\0';
	version[strcspn(version, "\n")] = '\0';
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static bool
beside(const char *name, char path[PATH_MAX])
{
	char own[PATH_MAX];
	ssize_t n = readlink(ITSELF, own, sizeof(own) - 1);
	int length;

	if (n <= 0)
		return false;
	own[n] = '\0';
	*(strrchr(own, '/') + 1) = '\0';
	length = snprintf(path, PATH_MAX, "%s%s", own, name);
	return length > 0 && length < PATH_MAX;
}

int
program_open(const char *name, struct fault *why)
{
	char path[PATH_MAX] = ITSELF, version[VERSION_MAX];
	int fd;

	if (name != NULL && !beside(name, path)) {
		fault_set(why, "%s: cannot be found: %s", name, ITSELF);
		return -1;
	}
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0) {
		fault_set(why,
		    "%s: cannot be opened: %s; it is installed together with "
		    "koshin, in the same folder",
		    path, strerror(errno));
		return -1;
	}
	if (name == NULL)
		return fd;
	ask_version(fd, name, version);
	if (strcmp(version, KOSHIN_VERSION) == 0)
		return fd;
	fault_set(why,
	    "%s: is of version %s, and koshin of " KOSHIN_VERSION
	    "; install both of one build",
	    path, version[0] != '\0' ? version : "(it says none)");
	close(fd);
	return -1;
}
