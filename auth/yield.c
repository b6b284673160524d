#include "auth/yield.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Others take the cores, and somebody waits who wants to log in. */
static bool
late(const struct pool_view *v, int64_t now_us)
{
	return v->working > 0 &&
	       now_us - v->oldest_us > (int64_t)YIELD_LATE_MS * 1000;
}

bool
yield_look(struct yield *y, const struct pool_view *v, int64_t now_us)
{
	if (late(v, now_us)) {
		*y = (struct yield){ .held_until_us =
					 now_us +
					 (int64_t)YIELD_HOLD_S * 1000000 };
		return false;
	}
	y->crowded = v->waiting > 0 ? y->crowded + 1 : 0;
	y->alone = v->waiting > 0 ? 0 : y->alone + 1;
	if ((y->crowded >= YIELD_CROWDED || v->waiting >= YIELD_MANY) &&
	    now_us >= y->held_until_us)
		y->yields = true;
	if (y->alone >= YIELD_ALONE)
		y->yields = false;
	return y->yields;
}

bool
yield_tell(const struct yield *y, int fd)
{
	char text[8];
	int n = snprintf(text, sizeof(text), "%d", y->yields ? YIELD_NICE : 0);

	return write(fd, text, (size_t)n) >= 0 || errno != EAGAIN;
}
