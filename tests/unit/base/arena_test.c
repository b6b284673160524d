/* FAKES: bzero */
#include "base/arena.h"

#include "tests/lib/test.h"
#include "tests/lib/fake_bzero.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void
free_of_null_is_fine(void **state)
{
	(void)state;
	arena_free(NULL);
}

static void
empty_arena_is_freed(void **state)
{
	(void)state;
	arena_free(arena_new());
}

static void
zero_is_zeroed_and_aligned(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 15, 16, 17, 1000, 4031, 4032,
		4033, 70000 };
	struct arena *a = arena_new();
	size_t i, k, round;

	(void)state;
	for (round = 0; round < 5; round++) {
		for (i = 0; i < COUNT(sizes); i++) {
			unsigned char *p = arena_zero(a, sizes[i]);

			assert_non_null(p);
			assert_int_equal(
			    (uintptr_t)p % _Alignof(max_align_t), 0);
			for (k = 0; k < sizes[i]; k++)
				assert_int_equal(p[k], 0);
			memset(p, 0xa5, sizes[i]);
		}
	}
	arena_free(a);
}

static void
allocations_do_not_overlap(void **state)
{
	enum {
		COUNT_OF = 3000
	};
	struct arena *a = arena_new();
	unsigned char **at = arena_zero(a, COUNT_OF * sizeof(*at));
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT_OF; i++) {
		at[i] = arena_zero(a, i % 61);
		memset(at[i], (int)(i & 0xff), i % 61);
		if (i % 500 == 0)
			memset(arena_zero(a, 9000), 0xff, 9000);
	}
	for (i = 0; i < COUNT_OF; i++)
		for (k = 0; k < i % 61; k++)
			assert_int_equal(at[i][k], i & 0xff);
	arena_free(a);
}

static void
copies_are_equal_and_apart(void **state)
{
	char bytes[] = { 'a', '\0', 'b', 'c' };
	struct arena *a = arena_new();
	char *copy = arena_text(a, bytes, 3);

	(void)state;
	bytes[0] = 'x';
	assert_memory_equal(copy, "a\0b", 4);
	assert_string_equal(arena_text(a, NULL, 0), "");
	arena_free(a);
}

static void
printf_measures_first(void **state)
{
	struct arena *a = arena_new();
	char *text = arena_printf(a, "%05d|%6000s|", 42, "end");

	(void)state;
	assert_int_equal(strlen(text), 5 + 1 + 6000 + 1);
	assert_memory_equal(text, "00042|", 6);
	assert_string_equal(text + 6003, "end|");
	assert_string_equal(arena_printf(a, "%s", ""), "");
	arena_free(a);
}

/* An allocation that is one byte too much for the block; valgrind looks. */
static void
block_is_filled_to_its_end_only(void **state)
{
	struct arena *a;
	size_t first, over;

	(void)state;
	for (first = 16; first <= 4096; first += 16) {
		for (over = 0; over < 2; over++) {
			a = arena_new();
			memset(arena_zero(a, 16), 'x', 16); /* opens a block */
			memset(arena_zero(a, first), 'x', first);
			memset(arena_zero(a, 4016 - first % 4016 + over), 'x',
			    4016 - first % 4016 + over);
			arena_free(a);
		}
	}
}

static void
everything_handed_out_is_wiped(void **state)
{
	struct arena *a = arena_new();
	size_t total = 0, i;

	(void)state;
	for (i = 0; i < 100; i++) {
		memset(arena_zero(a, i * 10), 'x', i * 10);
		total += i * 10;
	}
	memset(arena_zero(a, 20000), 'x', 20000);
	arena_text(a, "secret", 6);
	wipe_count();
	arena_free(a);
	assert_true(wipe_count() >= total + 20000 + 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_of_null_is_fine),
		cmocka_unit_test(empty_arena_is_freed),
		cmocka_unit_test(zero_is_zeroed_and_aligned),
		cmocka_unit_test(allocations_do_not_overlap),
		cmocka_unit_test(copies_are_equal_and_apart),
		cmocka_unit_test(printf_measures_first),
		cmocka_unit_test(block_is_filled_to_its_end_only),
		cmocka_unit_test(everything_handed_out_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
