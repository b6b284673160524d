#include "bench/procs.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Opens /proc/PID/NAME. */
static FILE *
open_proc(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	return fopen(path, "re");
}

/* Name and parent; the name may hold blanks and parentheses. */
static bool
read_stat(struct proc *p, pid_t *parent)
{
	char line[1024], *open, *close;
	FILE *f = open_proc(p->pid, "stat");
	long ppid = 0;
	bool ok = f != NULL && fgets(line, sizeof(line), f) != NULL;

	if (f != NULL)
		fclose(f);
	if (!ok)
		return false;
	open = strchr(line, '(');
	close = strrchr(line, ')');
	if (open == NULL || close == NULL || close < open)
		return false;
	if (sscanf(close + 1, " %*c %ld", &ppid) != 1)
		return false;
	snprintf(p->name, sizeof(p->name), "%.*s", (int)(close - open - 1),
	    open + 1);
	*parent = (pid_t)ppid;
	return true;
}

/* The number behind `field` in a file of "Field:   123 kB" lines, or -1. */
static long
read_kib(pid_t pid, const char *name, const char *field)
{
	FILE *f = open_proc(pid, name);
	size_t len = strlen(field);
	char line[256];
	long kib = -1;

	if (f == NULL)
		return -1;
	while (kib < 0 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, field, len) == 0)
			kib = strtol(line + len, NULL, 10);
	fclose(f);
	return kib;
}

/* Both kinds of pages that nobody else has. */
static long
read_uss(pid_t pid)
{
	long clean = read_kib(pid, "smaps_rollup", "Private_Clean:");
	long dirty = read_kib(pid, "smaps_rollup", "Private_Dirty:");

	return clean < 0 || dirty < 0 ? -1 : clean + dirty;
}

static bool
read_cpu(struct proc *p)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(p->pid, &clock) != 0 ||
	    clock_gettime(clock, &t) != 0)
		return false;
	p->cpu_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
	return true;
}

static struct proc
read_one(pid_t pid)
{
	struct proc p = { .pid = pid };
	pid_t parent;

	p.gone = !read_stat(&p, &parent) || !read_cpu(&p);
	if (p.gone)
		return p;
	p.rss_kib = read_kib(pid, "status", "VmRSS:");
	p.uss_kib = read_uss(pid);
	p.pss_kib = read_kib(pid, "smaps_rollup", "Pss:");
	if (p.rss_kib < 0)
		p.gone = true;
	return p;
}

static void
add(struct procs *p, pid_t pid)
{
	struct proc *more;

	if (procs_find(p, pid) != NULL)
		return;
	more = realloc(p->list, (p->count + 1) * sizeof(*more));
	if (more == NULL)
		abort();
	p->list = more;
	p->list[p->count++] = read_one(pid);
}

/* Adds the children of those in the list; true if there were new ones. */
static bool
add_children(struct procs *p)
{
	DIR *dir = opendir("/proc");
	size_t before = p->count;
	struct dirent *d;

	if (dir == NULL)
		return false;
	while ((d = readdir(dir)) != NULL) {
		struct proc child = { 0 };
		pid_t parent = 0;

		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		child.pid = (pid_t)strtol(d->d_name, NULL, 10);
		if (read_stat(&child, &parent) && procs_find(p, parent) != NULL)
			add(p, child.pid);
	}
	closedir(dir);
	return p->count > before;
}

bool
procs_read(struct procs *p, const pid_t *pids, size_t count, bool tree)
{
	bool all = true;

	*p = (struct procs){ 0 };
	for (size_t i = 0; i < count; i++)
		add(p, pids[i]);
	for (size_t i = 0; i < p->count; i++)
		all = all && !p->list[i].gone;
	while (tree && add_children(p))
		continue; /* until no generation is missing */
	return all;
}

const struct proc *
procs_find(const struct procs *p, pid_t pid)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].pid == pid)
			return &p->list[i];
	return NULL;
}

static long
sum_known(long a, long b)
{
	return a < 0 || b < 0 ? -1 : a + b;
}

struct proc
procs_total(const struct procs *p)
{
	struct proc sum = { .name = "total" };

	for (size_t i = 0; i < p->count; i++) {
		const struct proc *one = &p->list[i];

		if (one->gone)
			continue;
		sum.cpu_ns += one->cpu_ns;
		sum.rss_kib += one->rss_kib;
		sum.uss_kib = sum_known(sum.uss_kib, one->uss_kib);
		sum.pss_kib = sum_known(sum.pss_kib, one->pss_kib);
	}
	return sum;
}

void
procs_free(struct procs *p)
{
	free(p->list);
	*p = (struct procs){ 0 };
}
