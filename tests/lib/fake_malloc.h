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

/* From here on the n-th fails, and those behind it if `all`; 0: only count. */
void fake_malloc_begin(unsigned n, bool all);
/* How many there were since; none fails any more. */
unsigned fake_malloc_end(void);

#endif
