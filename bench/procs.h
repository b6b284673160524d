/*
 * procs - CPU time and memory of the server's processes, from outside.
 *
 * Owns:    the list in struct procs, until procs_free().
 * Fails:   a process that cannot be read counts as gone.
 *
 * CPU time is the kernel's own clock of the process, in nanoseconds. It
 * holds every thread, also those that have ended; /proc/PID/schedstat has
 * the main thread only, and /proc/PID/stat counts in hundredths of a second.
 */
#ifndef BENCH_PROCS_H
#define BENCH_PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCS_NAME_MAX 32

struct proc {
	pid_t pid;
	char name[PROCS_NAME_MAX]; /* of the executable */
	bool gone;		   /* could not be read */
	int64_t cpu_ns;		   /* user and system, all threads */
	long rss_kib;		   /* VmRSS */
	long uss_kib;		   /* pages of its own, -1: unknown */
	long pss_kib;		   /* and shared ones divided, -1: unknown */
};

struct procs {
	struct proc *list;
	size_t count;
};

/*
 * Reads the processes `pids`, and with `tree` all their descendants at this
 * moment. False if one of `pids` does not run.
 */
bool procs_read(struct procs *p, const pid_t *pids, size_t count, bool tree);

/* The same process in another reading; NULL if it was not there. */
const struct proc *procs_find(const struct procs *p, pid_t pid);

/* Sums over all; uss_kib and pss_kib are -1 if any of them is. */
struct proc procs_total(const struct procs *p);

void procs_free(struct procs *p);

#endif
