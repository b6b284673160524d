/*
 * fake_malloc - an allocation that fails, chosen by its number; of the program
 * and of all libraries in it. Fakes that are not to be among them take
 * fake_memory() (tests/lib/fake_memory.h).
 *
 * Not under sanitizers, whose allocators never fail: there nothing is counted.
 */
#ifndef TESTS_LIB_FAKE_MALLOC_H
#define TESTS_LIB_FAKE_MALLOC_H

#include <stdbool.h>
#include <stdlib.h>

/* From here on the n-th fails, and those behind it if `all`; 0: only count. */
void fake_malloc_begin(unsigned n, bool all);
/* How many there were since; none fails any more. */
unsigned fake_malloc_end(void);
/* Not under ASan and valgrind, which have a malloc() of their own. It stands
 * here and not beside ours, which the compiler takes for the C library's. */
static inline bool
fake_malloc_works(void)
{
	void *volatile room;
	bool refused;

	fake_malloc_begin(1, false);
	room = malloc(1);
	fake_malloc_end();
	refused = room == NULL;
	free(room);
	return refused;
}

#endif
