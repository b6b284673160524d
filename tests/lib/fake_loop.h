/*
 * fake_loop - the timers of base/loop.h without a loop: they wait until a
 * test lets their time pass.
 */
#ifndef TESTS_LIB_FAKE_LOOP_H
#define TESTS_LIB_FAKE_LOOP_H

#include <stddef.h>
#include <stdint.h>

/* All that are set; each fires once. */
void fake_loop_fire(void);
size_t fake_loop_timers(void);
int64_t fake_loop_last_ms(void); /* of the timer that was set last */

#endif
