/*
 * pool - threads for work that would stop an event loop (Argon2id, RSA).
 *
 * The queue has a ceiling: a full pool says so at once and nothing waits
 * behind it (I-13). Work of a call that was forgotten before it began is not
 * done. Answers come back on the thread that asked, through its mailbox. The
 * threads have a lower priority than the one that made them.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdint.h>
#include <sys/queue.h>

#include "base/call.h"
#include "base/must.h"

struct event_base;
struct pool;
struct pool_mailbox; /* where one event loop hears answers */

/* How many threads a setting means: 0 is one for each core. */
unsigned pool_threads(unsigned setting);

/* NULL when the system gives no memory or no threads. */
MUST_CHECK struct pool *pool_new(unsigned threads, unsigned queue_ceiling);
/* Waits for the work that has begun; what has not is never answered. */
void pool_free(struct pool *);

/* Calls `taken(arg)` on the asker's thread with each job that pool_run() takes.
 * Before the first. */
void pool_watch(struct pool *, void (*taken)(void *arg), void *arg);

/* What a pool is at. */
struct pool_view {
	unsigned working;  /* jobs that threads are at */
	unsigned waiting;  /* and those that no thread has taken */
	int64_t oldest_us; /* since when the first of those is worked on, by
			    * clock_mono_us(); 0: none is */
};

/* From any thread. */
void pool_view(struct pool *, struct pool_view *);

/*
 * NULL when out of memory or descriptors. While it lives, the loop of `base`
 * has an event and does not end by itself.
 */
MUST_CHECK struct pool_mailbox *pool_mailbox_new(struct event_base *);
/* After pool_free. What has not been answered is released, not answered. */
void pool_mailbox_free(struct pool_mailbox *);

/* What is asked of it; the asker's memory, the pool's to read. */
struct pool_job {
	struct call call; /* first */
	STAILQ_ENTRY(pool_job) link;
	struct pool_mailbox *mailbox;
	void (*work)(void *);
	void (*done)(void *);
	void (*release)(void *);
	void *arg;
};

/*
 * `work(arg)` runs on a pool thread, then `done(arg)` on the mailbox's
 * thread. `release(arg)` runs there too, last and in every case, also when the
 * call was forgotten; NULL if there is nothing to free. The job is filled in
 * here and lives until then: mostly it is a part of `arg`. Returns NULL when
 * the queue is full, for no other reason, and then none of the three runs. Call
 * it, and call_forget() on what it returns, on the mailbox's thread.
 */
MUST_CHECK struct call *pool_run(struct pool *, struct pool_mailbox *,
    struct pool_job *, void (*work)(void *), void (*done)(void *),
    void (*release)(void *), void *arg);

#endif
