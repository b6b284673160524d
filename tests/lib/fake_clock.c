#include "tests/lib/fake_clock.h"

#include "base/clock.h"

#include <assert.h>

static int64_t wall_us = (int64_t)FAKE_CLOCK_START * 1000000;
static int64_t mono_us = 1000000; /* zero would hide a clock never asked */

void
fake_clock_set(time_t now)
{
	wall_us = (int64_t)now * 1000000;
}

void
fake_clock_set_ms(int64_t now_ms)
{
	wall_us = now_ms * 1000;
}

void
fake_clock_pass_s(int64_t seconds)
{
	fake_clock_pass_us(seconds * 1000000);
}

void
fake_clock_pass_ms(int64_t ms)
{
	fake_clock_pass_us(ms * 1000);
}

void
fake_clock_pass_us(int64_t us)
{
	assert(us >= 0);
	wall_us += us;
	mono_us += us;
}

time_t
clock_now(void)
{
	return (time_t)(wall_us / 1000000);
}

int64_t
clock_now_ms(void)
{
	return wall_us / 1000;
}

int64_t
clock_mono_us(void)
{
	return mono_us;
}
