/*
 * The moments of the last `per_minute` signatures stand in a ring: there may
 * be one more when the oldest of them is a minute ago. So it is exact in any
 * minute, not only in those of the clock.
 */
#include "issuer/ceiling.h"

#include "base/xalloc.h"

#include <stdlib.h>

#define MINUTE_US INT64_C(60000000)

struct ceiling {
	unsigned refused; /* since it was told */
	int64_t tell_us;  /* not before */
	unsigned per_minute;
	unsigned oldest;
	int64_t free_us[]; /* when each place may be taken again */
};

struct ceiling *
ceiling_new(unsigned per_minute)
{
	struct ceiling *c =
	    xcalloc(1, sizeof(*c) + per_minute * sizeof(c->free_us[0]));

	c->per_minute = per_minute;
	return c;
}

void
ceiling_free(struct ceiling *c)
{
	free(c);
}

bool
ceiling_take(struct ceiling *c, int64_t now_us)
{
	if (now_us < c->free_us[c->oldest]) {
		c->refused++;
		return false;
	}
	c->free_us[c->oldest] = now_us + MINUTE_US;
	c->oldest = (c->oldest + 1) % c->per_minute;
	return true;
}

unsigned
ceiling_to_tell(struct ceiling *c, int64_t now_us)
{
	unsigned refused = c->refused;

	if (refused == 0 || now_us < c->tell_us)
		return 0;
	c->refused = 0;
	c->tell_us = now_us + MINUTE_US;
	return refused;
}
