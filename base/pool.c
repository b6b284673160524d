/*
 * A job moves from the pool's queue to a thread to its mailbox, and is in one
 * place at a time. It ends in its mailbox in every case, also when nothing was
 * done for it, so that `done` and `release` only ever run on one thread.
 *
 * Mailboxes wake their loop with an eventfd, which needs no locks of libevent.
 */
#include "base/pool.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/xalloc.h"

#include <assert.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * By so much the pool's threads are nicer than the event loops that share the
 * cores with them: a flood of logins shall not hold up who needs no password.
 * A quarter of the time is left to them when all are busy: at a tenth, whoever
 * logs in on a busy machine waits too long.
 */
#define NICER 5
/*
 * And so long they work without a break, where the kernel (6.12) lets them say
 * so: whoever asks for less comes first as soon as it wakes. Beside two threads
 * that go through 19 MiB, the median of waking after 2 ms is late by 0.15 ms
 * then, as beside none; by niceness alone 2.5 ms. Their share stays the same.
 */
#define SLICE_NS 20000000

STAILQ_HEAD(jobs, pool_job);

struct pool {
	pthread_mutex_t lock; /* over what follows, down to the empty line */
	pthread_cond_t change;
	struct jobs queue;
	unsigned waiting;
	bool stopping;

	unsigned ceiling;
	void (*taken)(void *arg); /* NULL: nobody asked */
	void *taken_arg;
	unsigned started;
	struct worker {
		struct pool *pool;
		pthread_t thread;
		int64_t since_us; /* its job; 0: it waits. Under `lock` */
	} workers[];
};

struct pool_mailbox {
	pthread_mutex_t lock;
	struct jobs jobs; /* under `lock` */

	int wake; /* eventfd */
	struct event *event;
};

/* The oldest; NULL when there is none. */
static struct pool_job *
take(struct jobs *q)
{
	struct pool_job *j = STAILQ_FIRST(q);

	if (j != NULL)
		STAILQ_REMOVE_HEAD(q, link);
	return j;
}

static void
post(struct pool_job *j)
{
	struct pool_mailbox *m = j->mailbox;
	bool was_empty;

	pthread_mutex_lock(&m->lock);
	was_empty = STAILQ_EMPTY(&m->jobs);
	STAILQ_INSERT_TAIL(&m->jobs, j, link);
	pthread_mutex_unlock(&m->lock);
	/* One that was not empty has been woken and not looked yet. */
	if (was_empty)
		eventfd_write(m->wake, 1);
}

/* Waits for a job. NULL when the pool stops. */
static struct pool_job *
next_job(struct worker *w)
{
	struct pool *p = w->pool;
	struct pool_job *j = NULL;

	pthread_mutex_lock(&p->lock);
	w->since_us = 0;
	while (p->waiting == 0 && !p->stopping)
		pthread_cond_wait(&p->change, &p->lock);
	if (!p->stopping) {
		j = take(&p->queue);
		p->waiting--;
		w->since_us = clock_mono_us();
	}
	pthread_mutex_unlock(&p->lock);
	return j;
}

/* struct sched_attr of the kernel, which the C library does not have yet. */
struct attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};
#define KEEP_POLICY 0x08

/* Linux keeps it for each thread; 0 is the one that calls. */
static void
be_nicer(void)
{
	int nice = getpriority(PRIO_PROCESS, 0) + NICER;
	struct attributes a = { .size = sizeof(a),
		.flags = KEEP_POLICY,
		.nice = nice > 19 ? 19 : nice,
		.runtime = SLICE_NS };

	setpriority(PRIO_PROCESS, 0, nice);
	syscall(SYS_sched_setattr, 0, &a, 0);
}

static void *
run(void *arg)
{
	struct pool_job *j;

	be_nicer();
	while ((j = next_job(arg)) != NULL) {
		if (!j->call.forgotten)
			j->work(j->arg);
		post(j);
	}
	return NULL;
}

/* Threads of a pool hear no signals: those belong to the event loops. */
static bool
start_thread(struct pool *p)
{
	struct worker *w = &p->workers[p->started];
	sigset_t all, old;
	int rc;

	w->pool = p;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0)
		return false;
	p->started++;
	return true;
}

unsigned
pool_threads(unsigned setting)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return setting != 0 ? setting : cores < 1 ? 1 : (unsigned)cores;
}

struct pool *
pool_new(unsigned threads, unsigned queue_ceiling)
{
	struct pool *p;

	assert(threads > 0 && queue_ceiling > 0);
	p = calloc(1, sizeof(*p) + threads * sizeof(p->workers[0]));
	if (p == NULL)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->change, NULL);
	STAILQ_INIT(&p->queue);
	p->ceiling = queue_ceiling;
	while (p->started < threads) {
		if (!start_thread(p)) {
			pool_free(p);
			return NULL;
		}
	}
	return p;
}

void
pool_free(struct pool *p)
{
	struct pool_job *j;

	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->change);
	pthread_mutex_unlock(&p->lock);
	while (p->started > 0)
		pthread_join(p->workers[--p->started].thread, NULL);
	while ((j = take(&p->queue)) != NULL) {
		call_forget(&j->call);
		post(j);
	}
	pthread_cond_destroy(&p->change);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
pool_watch(struct pool *p, void (*taken)(void *arg), void *arg)
{
	p->taken = taken;
	p->taken_arg = arg;
}

void
pool_view(struct pool *p, struct pool_view *v)
{
	*v = (struct pool_view){ 0 };
	pthread_mutex_lock(&p->lock);
	v->waiting = p->waiting;
	for (unsigned i = 0; i < p->started; i++) {
		int64_t since_us = p->workers[i].since_us;

		if (since_us == 0)
			continue;
		v->working++;
		if (v->oldest_us == 0 || since_us < v->oldest_us)
			v->oldest_us = since_us;
	}
	pthread_mutex_unlock(&p->lock);
}

/* The job may be gone with it. */
static void
let_go(struct pool_job *j)
{
	if (j->release != NULL)
		j->release(j->arg);
}

static void
take_all(struct pool_mailbox *m, struct jobs *all)
{
	STAILQ_INIT(all);
	pthread_mutex_lock(&m->lock);
	STAILQ_CONCAT(all, &m->jobs);
	pthread_mutex_unlock(&m->lock);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct jobs all;
	eventfd_t count;
	struct pool_job *j;

	(void)what;
	/* Before the look: a job posted after it wakes the loop again. */
	eventfd_read(fd, &count);
	take_all(arg, &all);
	while ((j = take(&all)) != NULL) {
		/* Asked for each: an answer before may have forgotten it. */
		if (!j->call.forgotten)
			j->done(j->arg);
		let_go(j);
	}
}

struct pool_mailbox *
pool_mailbox_new(struct event_base *base)
{
	struct pool_mailbox *m = xcalloc(1, sizeof(*m));

	pthread_mutex_init(&m->lock, NULL);
	STAILQ_INIT(&m->jobs);
	m->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->wake < 0) {
		pool_mailbox_free(m);
		return NULL;
	}
	m->event = loop_watch(base, m->wake, EV_READ | EV_PERSIST, on_wake, m);
	return m;
}

void
pool_mailbox_free(struct pool_mailbox *m)
{
	struct jobs left;
	struct pool_job *j;

	if (m == NULL)
		return;
	take_all(m, &left);
	while ((j = take(&left)) != NULL)
		let_go(j);
	if (m->event != NULL)
		event_free(m->event);
	if (m->wake >= 0)
		close(m->wake);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

/* False when the queue is full. */
static bool
enqueue(struct pool *p, struct pool_job *j)
{
	bool room;

	pthread_mutex_lock(&p->lock);
	room = p->waiting < p->ceiling;
	if (room) {
		STAILQ_INSERT_TAIL(&p->queue, j, link);
		p->waiting++;
		pthread_cond_signal(&p->change);
	}
	pthread_mutex_unlock(&p->lock);
	return room;
}

struct call *
pool_run(struct pool *p, struct pool_mailbox *m, struct pool_job *j,
    void (*work)(void *), void (*done)(void *), void (*release)(void *),
    void *arg)
{
	*j = (struct pool_job){
		.mailbox = m,
		.work = work,
		.done = done,
		.release = release,
		.arg = arg,
	};
	if (!enqueue(p, j))
		return NULL;
	if (p->taken != NULL)
		p->taken(p->taken_arg);
	return &j->call;
}
