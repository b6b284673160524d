/*
 * shifted_clock - base/clock.h with a wall clock that a test moves. The
 * monotonic one is real, so that time limits work. Link it instead of
 * base/clock.c.
 */
#ifndef TESTS_LIB_FAKE_SHIFTED_CLOCK_H
#define TESTS_LIB_FAKE_SHIFTED_CLOCK_H

#include <stdint.h>

void shifted_clock_pass_s(int64_t seconds); /* also back */
void shifted_clock_reset(void);

#endif
