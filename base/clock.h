/*
 * clock - what time it is. Nothing else in the program asks the system, so
 * that a test can link a clock of its own (tests/lib/fake_clock.c).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/must.h"

time_t clock_now(void);	     /* wall clock, seconds since 1970 */
int64_t clock_now_ms(void);  /* wall clock, milliseconds */
int64_t clock_mono_us(void); /* never goes back; for deadlines and durations */

/*
 * The service's time zone for the whole process (R-CERT-1), e.g. "Asia/Tokyo".
 * Call it before threads. False, and nothing has changed, if the system knows
 * no zone of that name. (In base/clock_zone.c, which a test links beside its
 * clock.)
 */
MUST_CHECK bool clock_zone(const char *name);
/* Whether the system knows it; nothing changes. */
MUST_CHECK bool clock_zone_known(const char *name);

#endif
