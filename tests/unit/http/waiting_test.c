#include "http/waiting.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MOST = 8,
	NETWORKS = 5
};

static struct waiting *w;
static struct waiting_network a, b;
static struct waiting_one ones[MOST];

static int
set_up(void **state)
{
	(void)state;
	w = waiting_new(MOST);
	return w == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MOST; i++)
		waiting_remove(w, &ones[i]);
	waiting_free(w);
	return 0;
}

static void
who_has_waited_longest_gives_way(void **state)
{
	(void)state;
	assert_null(waiting_first(w));
	waiting_add(w, &a, &ones[0]);
	waiting_add(w, &a, &ones[1]);
	assert_ptr_equal(waiting_first(w), &ones[0]);
	waiting_remove(w, &ones[0]);
	waiting_add(w, &a, &ones[0]); /* anew */
	assert_ptr_equal(waiting_first(w), &ones[1]);
}

/* KiB of this process that are there. */
static long
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long all, now;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &all, &now), 2);
	fclose(f);
	return now * sysconf(_SC_PAGESIZE) / 1024;
}

static void
room_for_a_crowd_is_not_taken_before_there_is_one(void **state)
{
	long before = resident();
	struct waiting *large = waiting_new(1000000);

	(void)state;
	assert_non_null(large);
	assert_true(resident() - before < 2048);
	waiting_free(large);
}

static void
a_network_with_more_gives_way_before_an_older_one(void **state)
{
	(void)state;
	waiting_add(w, &a, &ones[0]);
	waiting_add(w, &b, &ones[1]);
	assert_ptr_equal(waiting_first(w), &ones[0]);
	waiting_add(w, &b, &ones[2]);
	assert_ptr_equal(waiting_first(w), &ones[1]);
	waiting_remove(w, &ones[1]);
	waiting_remove(w, &ones[2]);
	assert_ptr_equal(waiting_first(w), &ones[0]);
}

/* The one who is named is in the longest network, and the oldest there. */
static void
check(const struct waiting_network *networks, const unsigned *since)
{
	const struct waiting_one *first = waiting_first(w);
	unsigned longest = 0;

	for (unsigned i = 0; i < NETWORKS; i++)
		if (networks[i].n > longest)
			longest = networks[i].n;
	assert_true((first == NULL) == (longest == 0));
	if (first == NULL)
		return;
	assert_int_equal(first->network->n, longest);
	for (unsigned i = 0; i < MOST; i++)
		if (ones[i].network == first->network)
			assert_true(since[first - ones] <= since[i]);
}

static void
it_is_so_after_any_coming_and_going(void **state)
{
	struct waiting_network networks[NETWORKS] = { { .n = 0 } };
	unsigned since[MOST] = { 0 };

	(void)state;
	srand(1);
	for (unsigned turn = 1; turn < 20000; turn++) {
		unsigned i = (unsigned)rand() % MOST;

		if (ones[i].network != NULL) {
			waiting_remove(w, &ones[i]);
		} else {
			since[i] = turn;
			waiting_add(w, &networks[rand() % NETWORKS], &ones[i]);
		}
		check(networks, since);
	}
	tear_down(state);
	set_up(state);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    room_for_a_crowd_is_not_taken_before_there_is_one),
		cmocka_unit_test_setup_teardown(
		    who_has_waited_longest_gives_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_network_with_more_gives_way_before_an_older_one, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    it_is_so_after_any_coming_and_going, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
