#include "tests/lib/test.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARGON2 ((size_t)19 << 20)

/* Does the system know of them? What it does with whoever asks is its own. */
static bool
system_has_them(void)
{
	return access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK) == 0;
}

/* Is large pages' flag among those of the memory at `at`? */
static bool
wants_large_pages(const void *at)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	bool within = false, wants = false;
	unsigned long from, to;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			within =
			    from <= (unsigned long)at && (unsigned long)at < to;
		else if (within && strncmp(line, "VmFlags:", 8) == 0)
			wants = strstr(line, " hg") != NULL;
	fclose(maps);
	return wants;
}

static bool
comes_in_large_pages(size_t len, int flags)
{
	char *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
	bool large;

	assert_ptr_not_equal(at, MAP_FAILED);
	at[0] = at[len - 1] = 1;
	large = wants_large_pages(at);
	assert_int_equal(munmap(at, len), 0);
	return large;
}

static void
memory_that_is_wanted_at_once_comes_in_large_pages(void **state)
{
	(void)state;
	assert_int_equal(
	    comes_in_large_pages(ARGON2, MAP_POPULATE), system_has_them());
	assert_false(comes_in_large_pages(ARGON2, 0));
	assert_false(comes_in_large_pages(1 << 20, MAP_POPULATE));
}

static void
what_cannot_be_had_is_refused_as_ever(void **state)
{
	(void)state;
	assert_ptr_equal(mmap(NULL, (size_t)1 << 60, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0),
	    MAP_FAILED);
}

static void
a_hash_is_the_same(void **state)
{
	static const char hash[] = "$argon2id$v=19$m=19456,t=2,p=1$";
	char text[crypto_pwhash_STRBYTES];

	(void)state;
	assert_int_equal(
	    crypto_pwhash_str(text, "Password1", 9, 2, 19456 << 10), 0);
	assert_memory_equal(text, hash, sizeof(hash) - 1);
	assert_int_equal(crypto_pwhash_str_verify(text, "Password1", 9), 0);
	assert_int_not_equal(crypto_pwhash_str_verify(text, "Password2", 9), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    memory_that_is_wanted_at_once_comes_in_large_pages),
		cmocka_unit_test(what_cannot_be_had_is_refused_as_ever),
		cmocka_unit_test(a_hash_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
