#include "tests/lib/fake_shifted_clock.h"

#include "base/clock.h"

static int64_t shift_ms;

static int64_t
read_us(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

void
shifted_clock_pass_s(int64_t seconds)
{
	shift_ms += seconds * 1000;
}

void
shifted_clock_reset(void)
{
	shift_ms = 0;
}

int64_t
clock_now_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000 + shift_ms;
}

time_t
clock_now(void)
{
	return (time_t)(clock_now_ms() / 1000);
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}
