#include "base/pool.h"

#include "base/clock.h"
#include "base/loop.h"

#include "tests/lib/test.h"

#include <event2/event.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	THREADS = 2,
	CEILING = 4
};

static struct event_base *base;
static struct pool *pool;
static struct pool_mailbox *mailbox;
static pthread_t asker;

/* One job, and what has happened to it. */
struct task {
	struct pool_job job;
	struct call *call;
	struct task *to_forget; /* by `done` */
	sem_t *gate;		/* `work` waits for it */
	atomic_uint worked;
	int nice;	/* of the thread that worked */
	uint64_t slice; /* and how long it works without a break */
	unsigned done;
	unsigned released;
	unsigned place; /* among all answers, from 1 */
	bool wrong_thread;
	bool wrong_order;
};

static sem_t gate;    /* closed until a test opens it */
static sem_t started; /* posted when a gated work has begun */
static unsigned answers;
static unsigned ends;

/* In ns; 0 where the kernel does not tell. */
static uint64_t
own_slice(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		uint32_t nice, priority;
		uint64_t runtime, deadline, period;
	} attributes = { 0 };

	if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) !=
	    0)
		return 0;
	return attributes.runtime;
}

static void
work(void *arg)
{
	struct task *t = arg;

	if (pthread_equal(pthread_self(), asker))
		t->wrong_thread = true;
	if (t->gate != NULL) {
		sem_post(&started);
		sem_wait(t->gate);
	}
	t->nice = getpriority(PRIO_PROCESS, 0);
	t->slice = own_slice();
	atomic_fetch_add(&t->worked, 1);
}

static void
done(void *arg)
{
	struct task *t = arg;

	if (!pthread_equal(pthread_self(), asker))
		t->wrong_thread = true;
	if (t->worked != 1 || t->released != 0)
		t->wrong_order = true;
	t->done++;
	t->place = ++answers;
	if (t->to_forget != NULL)
		call_forget(t->to_forget->call);
}

static void
release(void *arg)
{
	struct task *t = arg;

	if (!pthread_equal(pthread_self(), asker))
		t->wrong_thread = true;
	t->released++;
	ends++;
}

static bool
start(struct task *t)
{
	t->call = pool_run(pool, mailbox, &t->job, work, done, release, t);
	return t->call != NULL;
}

/* Runs the loop until so many jobs have been released. */
static void
wait_for(unsigned count)
{
	int64_t limit = clock_mono_us() + 60 * 1000000;

	while (ends < count && clock_mono_us() < limit) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(200);
	}
	assert_int_equal(ends, count);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(ends, count); /* and no more */
}

static void
expect(const struct task *t, unsigned worked, unsigned answered)
{
	assert_int_equal(t->worked, worked);
	assert_int_equal(t->done, answered);
	assert_int_equal(t->released, 1);
	assert_false(t->wrong_thread);
	assert_false(t->wrong_order);
}

/* Both threads begin a job and stand at the gate. */
static void
occupy(struct task busy[THREADS])
{
	int i;

	for (i = 0; i < THREADS; i++) {
		busy[i].gate = &gate;
		assert_true(start(&busy[i]));
	}
	for (i = 0; i < THREADS; i++)
		sem_wait(&started);
}

static void
open_gate(void)
{
	int i;

	for (i = 0; i < THREADS; i++)
		sem_post(&gate);
}

static int
set_up(void **state)
{
	(void)state;
	answers = 0;
	ends = 0;
	asker = pthread_self();
	sem_init(&gate, 0, 0);
	sem_init(&started, 0, 0);
	base = loop_new();
	pool = pool_new(THREADS, CEILING);
	mailbox = pool_mailbox_new(base);
	return pool != NULL && mailbox != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	pool_free(pool);
	pool_mailbox_free(mailbox);
	event_base_free(base);
	sem_destroy(&gate);
	sem_destroy(&started);
	return 0;
}

/* Where the cores are busy, what the loop does comes first. */
static void
work_is_nicer_than_the_loop(void **state)
{
	struct task t = { 0 };
	int own = getpriority(PRIO_PROCESS, 0);

	(void)state;
	assert_true(start(&t));
	wait_for(1);
	assert_true(t.nice > own || t.nice == 19);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), own);
	assert_true(t.slice > own_slice() || t.slice == 0);
}

static void
job_is_worked_answered_and_released_once(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_true(start(&t));
	wait_for(1);
	expect(&t, 1, 1);
}

static void
never_answers_before_the_loop_runs(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_true(start(&t));
	while (t.worked == 0)
		usleep(100);
	usleep(20000);
	assert_int_equal(t.done, 0);
	wait_for(1);
	expect(&t, 1, 1);
}

static void
sleeping_loop_is_woken_by_the_answer(void **state)
{
	struct task t = { .gate = &gate };

	(void)state;
	assert_true(start(&t));
	sem_wait(&started);
	sem_post(&gate);
	event_base_loop(base, EVLOOP_ONCE);
	expect(&t, 1, 1);
}

static void
release_may_be_left_out(void **state)
{
	struct task t = { 0 };

	(void)state;
	t.call = pool_run(pool, mailbox, &t.job, work, done, NULL, &t);
	assert_non_null(t.call);
	while (t.done == 0)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(t.released, 0);
}

static void
I_13_full_queue_says_so_and_runs_nothing(void **state)
{
	struct task busy[THREADS] = { 0 }, queued[CEILING] = { 0 };
	struct task refused = { 0 }, later = { 0 };
	int i;

	(void)state;
	occupy(busy);
	for (i = 0; i < CEILING; i++)
		assert_true(start(&queued[i]));
	assert_false(start(&refused));
	open_gate();
	wait_for(THREADS + CEILING);
	for (i = 0; i < CEILING; i++)
		expect(&queued[i], 1, 1);
	assert_int_equal(refused.worked + refused.done + refused.released, 0);
	assert_true(start(&later)); /* there is room again */
	wait_for(THREADS + CEILING + 1);
	expect(&later, 1, 1);
}

static void
count_taken(void *arg)
{
	unsigned *count = arg;

	++*count;
}

static void
it_tells_what_it_is_at(void **state)
{
	struct task busy[THREADS] = { 0 }, queued = { 0 };
	unsigned taken = 0;
	int64_t before_us = clock_mono_us();
	struct pool_view v;

	(void)state;
	pool_watch(pool, count_taken, &taken);
	pool_view(pool, &v);
	assert_int_equal(v.working + v.waiting, 0);
	assert_int_equal(v.oldest_us, 0);
	occupy(busy);
	assert_true(start(&queued));
	assert_int_equal(taken, THREADS + 1);
	pool_view(pool, &v);
	assert_int_equal(v.working, THREADS);
	assert_int_equal(v.waiting, 1);
	assert_in_range(v.oldest_us, before_us, clock_mono_us());
	open_gate();
	wait_for(THREADS + 1);
	pool_view(pool, &v);
	assert_int_equal(v.waiting, 0);
}

static void
first_come_first_served(void **state)
{
	struct task one[THREADS] = { 0 }, queued[CEILING] = { 0 };
	int i;

	(void)state;
	occupy(one);
	for (i = 0; i < CEILING; i++)
		assert_true(start(&queued[i]));
	sem_post(&gate); /* one thread goes on, and takes them in turn */
	wait_for(1 + CEILING);
	for (i = 0; i < CEILING; i++)
		assert_int_equal(queued[i].place, 2 + i);
	sem_post(&gate);
	wait_for(THREADS + CEILING);
}

static void
forgotten_before_it_began_is_only_released(void **state)
{
	struct task busy[THREADS] = { 0 }, gone = { 0 }, other = { 0 };

	(void)state;
	occupy(busy);
	assert_true(start(&gone));
	assert_true(start(&other));
	call_forget(gone.call);
	open_gate();
	wait_for(THREADS + 2);
	expect(&gone, 0, 0);
	expect(&other, 1, 1);
}

static void
forgotten_after_it_began_is_not_answered(void **state)
{
	struct task busy[THREADS] = { 0 };

	(void)state;
	occupy(busy);
	call_forget(busy[0].call);
	call_forget(NULL);
	open_gate();
	wait_for(THREADS);
	expect(&busy[0], 1, 0);
	expect(&busy[1], 1, 1);
}

static void
forgotten_with_its_answer_in_the_mailbox_is_not_answered(void **state)
{
	struct task t = { 0 };

	(void)state;
	assert_true(start(&t));
	while (t.worked == 0)
		usleep(100);
	usleep(10000);
	call_forget(t.call);
	wait_for(1);
	expect(&t, 1, 0);
}

static void
one_answer_may_forget_the_next(void **state)
{
	struct task busy = { .gate = &gate };
	struct task second = { 0 }, first = { .to_forget = &second };

	(void)state;
	assert_true(start(&busy));
	sem_wait(&started);
	/* The other thread does one after the other. */
	assert_true(start(&first));
	assert_true(start(&second));
	while (second.worked == 0)
		usleep(100);
	usleep(10000); /* the second answer waits too, mostly */
	wait_for(2);
	expect(&first, 1, 1);
	expect(&second, 1, 0);
	sem_post(&gate);
	wait_for(3);
}

static void *
open_gate_soon(void *arg)
{
	(void)arg;
	usleep(20000);
	open_gate();
	return NULL;
}

static void
free_waits_for_what_began_and_drops_the_rest(void **state)
{
	struct task busy[THREADS] = { 0 }, queued[CEILING] = { 0 };
	pthread_t opener;
	int i;

	(void)state;
	occupy(busy);
	for (i = 0; i < CEILING; i++)
		assert_true(start(&queued[i]));
	assert_int_equal(
	    pthread_create(&opener, NULL, open_gate_soon, NULL), 0);
	pool_free(pool);
	pool = NULL;
	pthread_join(opener, NULL);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(busy[i].worked, 1);
	wait_for(THREADS + CEILING);
	for (i = 0; i < THREADS; i++)
		expect(&busy[i], 1, 1);
	for (i = 0; i < CEILING; i++)
		expect(&queued[i], 0, 0);
}

static void
mailbox_that_goes_releases_what_it_holds(void **state)
{
	struct task t[CEILING] = { 0 };
	int i;

	(void)state;
	for (i = 0; i < CEILING; i++)
		assert_true(start(&t[i]));
	pool_free(pool);
	pool_mailbox_free(mailbox);
	pool = NULL;
	mailbox = NULL;
	for (i = 0; i < CEILING; i++)
		expect(&t[i], t[i].worked, 0);
}

/* A second asker with its own loop, at the same pool. */
static void *
ask_from_another_thread(void *arg)
{
	struct event_base *own = loop_new();
	struct pool_mailbox *box = pool_mailbox_new(own);
	struct task *t = arg;
	bool right = false;

	t->call = pool_run(pool, box, &t->job, work, done, NULL, t);
	while (t->call != NULL && t->done == 0)
		event_base_loop(own, EVLOOP_ONCE);
	/* `done` saw that it was not on the thread of the first asker. */
	right = t->wrong_thread && t->done == 1;
	pool_mailbox_free(box);
	event_base_free(own);
	return right ? t : NULL;
}

static void
answer_comes_to_the_mailbox_that_asked(void **state)
{
	struct task t = { 0 };
	pthread_t thread;
	void *right;

	(void)state;
	assert_int_equal(
	    pthread_create(&thread, NULL, ask_from_another_thread, &t), 0);
	pthread_join(thread, &right);
	assert_ptr_equal(right, &t);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(t.done, 1);
}

/* Every third is forgotten at some time; each ends exactly once. */
static void
ten_thousand_jobs_end_once_each(void **state)
{
	enum {
		JOBS = 10000
	};
	struct task *t = calloc(JOBS, sizeof(*t));
	unsigned i, begun = 0;

	(void)state;
	assert_non_null(t);
	while (begun < JOBS) {
		if (!start(&t[begun])) {
			event_base_loop(base, EVLOOP_ONCE);
			continue;
		}
		if (begun % 3 == 0)
			call_forget(t[begun].call);
		/* Its record may be gone: not if it is not released. */
		if (begun > 2 && begun % 3 == 1 && t[begun - 2].released == 0)
			call_forget(t[begun - 2].call);
		begun++;
	}
	wait_for(JOBS);
	for (i = 0; i < JOBS; i++) {
		assert_int_equal(t[i].released, 1);
		assert_true(t[i].worked <= 1 && t[i].done <= t[i].worked);
		assert_false(t[i].wrong_thread);
		if (i % 3 == 0)
			assert_int_equal(t[i].done, 0);
		if (i % 3 == 1)
			expect(&t[i], 1, 1);
	}
	free(t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(job_is_worked_answered_and_released_once),
		TEST(work_is_nicer_than_the_loop),
		TEST(never_answers_before_the_loop_runs),
		TEST(sleeping_loop_is_woken_by_the_answer),
		TEST(release_may_be_left_out),
		TEST(I_13_full_queue_says_so_and_runs_nothing),
		TEST(it_tells_what_it_is_at),
		TEST(first_come_first_served),
		TEST(forgotten_before_it_began_is_only_released),
		TEST(forgotten_after_it_began_is_not_answered),
		TEST(forgotten_with_its_answer_in_the_mailbox_is_not_answered),
		TEST(one_answer_may_forget_the_next),
		TEST(free_waits_for_what_began_and_drops_the_rest),
		TEST(mailbox_that_goes_releases_what_it_holds),
		TEST(answer_comes_to_the_mailbox_that_asked),
		TEST(ten_thousand_jobs_end_once_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
