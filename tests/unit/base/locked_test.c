#include "base/locked.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether the page of this byte has that word in /proc/self/smaps. */
static bool
page_is(const void *at, const char *word)
{
	unsigned long start, end, wanted = (unsigned long)at;
	FILE *maps = fopen("/proc/self/smaps", "r");
	bool here = false, found = false;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= wanted && wanted < end;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, word) != NULL;
	}
	fclose(maps);
	return found;
}

static void
T14_what_is_taken_is_locked_and_not_dumped(void **state)
{
	char *at = locked_new(100);

	(void)state;
	assert_non_null(at);
	assert_true(page_is(at, " lo"));
	assert_true(page_is(at + 99, " dd"));
	for (int i = 0; i < 100; i++)
		assert_int_equal(at[i], 0);
	assert_false(locked_short());
	locked_free(at);
	locked_free(NULL);
}

/* What it cost to lock it is not paid for again. */
static void
T14_what_is_given_back_is_wiped_and_kept_for_the_next(void **state)
{
	char *at = locked_new(100), *other, *again;

	(void)state;
	assert_non_null(at);
	memset(at, 0x5a, 100);
	locked_free(at);
	for (int i = 0; i < 100; i++)
		assert_int_equal(at[i], 0);
	assert_true(page_is(at, " lo"));
	other = locked_new(5000);
	again = locked_new(100);
	assert_ptr_not_equal(other, at);
	assert_ptr_equal(again, at);
	locked_free(again);
	locked_free(other);
}

static void
T14_no_more_is_kept_than_four_pieces(void **state)
{
	char *at[9];
	int kept = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(at); i++)
		assert_non_null(at[i] = locked_new(300));
	for (size_t i = 0; i < COUNT(at); i++)
		locked_free(at[i]);
	for (size_t i = 0; i < COUNT(at); i++)
		kept += page_is(at[i], " lo");
	assert_in_range(kept, 1, 4);
}

/* In a process that is not root in this: root may lock without limit. */
static int
short_of_room(void (*take)(void))
{
	const struct rlimit little = { 4096, 4096 };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (setrlimit(RLIMIT_MEMLOCK, &little) != 0 ||
		    (getuid() == 0 && setuid(65534) != 0))
			_exit(2);
		take();
		_exit(locked_short());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
take_little(void)
{
	locked_try(1, 100);
}

static void
take_much(void)
{
	locked_try(2, 100);
}

static void
take_much_in_fact(void)
{
	char *at = locked_new(10000);

	if (at == NULL)
		_exit(3);
	memset(at, 1, 10000);
	locked_free(at);
}

static void
T14_what_cannot_be_locked_is_known(void **state)
{
	(void)state;
	assert_int_equal(short_of_room(take_little), 0);
	assert_int_equal(short_of_room(take_much), 1);
	assert_int_equal(short_of_room(take_much_in_fact), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(T14_what_is_taken_is_locked_and_not_dumped),
		cmocka_unit_test(
		    T14_what_is_given_back_is_wiped_and_kept_for_the_next),
		cmocka_unit_test(T14_no_more_is_kept_than_four_pieces),
		cmocka_unit_test(T14_what_cannot_be_locked_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
