/* FAKES: malloc */
#include "base/loop.h"

#include "base/clock.h"

#include "tests/lib/fake_malloc.h"
#include "tests/lib/test.h"

#include <event2/event.h>
#include <pthread.h>
#include <unistd.h>

static struct event_base *base;
static char order[16];
static size_t fired;
static char a[] = "a", b[] = "b", c[] = "c";

static int
set_up(void **state)
{
	(void)state;
	fired = 0;
	base = loop_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	event_base_free(base);
	return 0;
}

static void
note(void *arg)
{
	order[fired++] = *(const char *)arg;
}

static void
timer_fires_once_and_not_before_its_time(void **state)
{
	int64_t before = clock_mono_us();

	(void)state;
	assert_non_null(loop_after(base, 30, note, a));
	assert_int_equal(fired, 0);
	assert_int_equal(event_base_dispatch(base), 1); /* ran out of events */
	assert_int_equal(fired, 1);
	/* libevent's clock is coarse: it may be a tick early. */
	assert_true(clock_mono_us() - before > 24000);
}

static void
count(void *arg)
{
	++*(unsigned *)arg;
}

static void
F_59_timers_of_the_service_need_no_memory(void **state)
{
	struct loop_timer *cancelled;
	unsigned times = 0;

	(void)state;
	for (int round = 0; round < 3; round++) {
		fake_malloc_begin(1, true);
		cancelled = loop_after(base, 10, count, &times);
		for (int i = 1; i < LOOP_SPARES; i++)
			loop_after(base, i % 3, count, &times);
		loop_cancel(cancelled);
		while (times < LOOP_SPARES - 1)
			event_base_loop(base, EVLOOP_ONCE);
		fake_malloc_end();
		assert_int_equal(times, LOOP_SPARES - 1);
		times = 0;
	}
}

static void
zero_fires_in_the_next_round_never_at_once(void **state)
{
	(void)state;
	loop_after(base, 0, note, a);
	loop_after(base, -5, note, b);
	assert_int_equal(fired, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(fired, 2);
}

static void
timers_fire_in_the_order_of_their_times(void **state)
{
	(void)state;
	loop_after(base, 60, note, c);
	loop_after(base, 1, note, a);
	loop_after(base, 30, note, b);
	event_base_dispatch(base);
	assert_int_equal(fired, 3);
	assert_memory_equal(order, "abc", 3);
}

static void
cancelled_timer_does_not_fire(void **state)
{
	struct loop_timer *t = loop_after(base, 1, note, a);

	(void)state;
	loop_after(base, 20, note, b);
	loop_cancel(t);
	loop_cancel(NULL);
	event_base_dispatch(base);
	assert_int_equal(fired, 1);
	assert_int_equal(order[0], 'b');
}

static struct loop_timer *other;

static void
cancel_other(void *arg)
{
	note(arg);
	loop_cancel(other);
}

static void
timer_may_cancel_one_that_is_due_in_the_same_round(void **state)
{
	(void)state;
	loop_after(base, 0, cancel_other, a);
	other = loop_after(base, 0, note, b);
	event_base_dispatch(base);
	assert_int_equal(fired, 1);
}

static void
again(void *arg)
{
	note(arg);
	if (fired < 5)
		loop_after(base, 0, again, arg);
}

static void
timer_may_set_the_next_one(void **state)
{
	(void)state;
	loop_after(base, 0, again, a);
	event_base_dispatch(base);
	assert_int_equal(fired, 5);
}

static void *
stop_soon(void *arg)
{
	usleep(20000);
	event_base_loopbreak(arg);
	return NULL;
}

static void
another_thread_can_stop_a_sleeping_loop(void **state)
{
	struct loop_timer *t = loop_after(base, 60000, note, a);
	int64_t before = clock_mono_us();
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, base), 0);
	event_base_dispatch(base);
	pthread_join(thread, NULL);
	assert_int_equal(fired, 0);
	assert_true(clock_mono_us() - before < 30 * 1000000);
	loop_cancel(t);
}

static void
backoff_doubles_to_two_seconds_with_jitter(void **state)
{
	static const int64_t whole[] = { 50, 100, 200, 400, 800, 1600, 2000,
		2000, 2000 };
	unsigned tries, i, different = 0;

	(void)state;
	for (tries = 0; tries < COUNT(whole); tries++) {
		int64_t first = loop_backoff_ms(tries);
		int64_t least = first, most = first;

		for (i = 0; i < 400; i++) {
			int64_t ms = loop_backoff_ms(tries);

			assert_in_range(ms, whole[tries] / 2, whole[tries]);
			different += ms != first;
			least = ms < least ? ms : least;
			most = ms > most ? ms : most;
		}
		/* Chance uses the whole range (a tenth of it is spared). */
		assert_true(least <= whole[tries] / 2 + whole[tries] / 20);
		assert_true(most >= whole[tries] - whole[tries] / 20);
	}
	assert_true(different > 0);
	assert_in_range(loop_backoff_ms(4000000000u), 1000, 2000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(timer_fires_once_and_not_before_its_time),
		TEST(zero_fires_in_the_next_round_never_at_once),
		TEST(F_59_timers_of_the_service_need_no_memory),
		TEST(timers_fire_in_the_order_of_their_times),
		TEST(cancelled_timer_does_not_fire),
		TEST(timer_may_cancel_one_that_is_due_in_the_same_round),
		TEST(timer_may_set_the_next_one),
		TEST(another_thread_can_stop_a_sleeping_loop),
		TEST(backoff_doubles_to_two_seconds_with_jitter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
