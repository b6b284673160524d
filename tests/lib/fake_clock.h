/*
 * fake_clock - base/clock.h with a time that a test sets. Link it instead of
 * base/clock.c; clock_zone() is the real one, in base/clock_zone.c.
 *
 * Stands still until told. Starts at 2026-11-20T09:00:00Z.
 */
#ifndef TESTS_LIB_FAKE_CLOCK_H
#define TESTS_LIB_FAKE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define FAKE_CLOCK_START 1795165200 /* 2026-11-20T09:00:00Z */

/* The wall clock jumps, also backwards; the monotonic one does not move. */
void fake_clock_set(time_t now);
void fake_clock_set_ms(int64_t now_ms);

/* Time passes: both clocks go on. */
void fake_clock_pass_s(int64_t seconds);
void fake_clock_pass_ms(int64_t ms);
void fake_clock_pass_us(int64_t us);

#endif
