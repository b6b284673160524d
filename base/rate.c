/*
 * Each has the time at which all that he did would be done, were it done
 * evenly. It may be a minute ahead, and is forgotten when it has passed.
 */
#include "base/rate.h"

#include <stdlib.h>

#include "base/secret.h"
#include "base/xalloc.h"

enum {
	SETS = 2048, /* a power of two */
	WAYS = 4,    /* places for those who meet in one set */
	MINUTE_US = 60000000
};

struct place {
	uint64_t who;
	int64_t done_us;
};

struct rate {
	int64_t each_us;
	uint64_t seed; /* so that nobody can choose who meets whom */
	struct place places[SETS][WAYS];
};

struct rate *
rate_new(unsigned per_minute)
{
	struct rate *r = xcalloc(1, sizeof(*r));

	r->each_us = MINUTE_US / (int64_t)per_minute;
	secret_random(&r->seed, sizeof(r->seed));
	return r;
}

void
rate_free(struct rate *r)
{
	free(r);
}

unsigned
rate_wait_s(const struct rate *r)
{
	return (unsigned)((r->each_us + 999999) / 1000000);
}

static struct place *
set_of(struct rate *r, uint64_t who)
{
	uint64_t h = (who ^ r->seed) * 0x9e3779b97f4a7c15u;

	h = (h ^ (h >> 32)) * (r->seed | 1);
	return r->places[(h >> 40) & (SETS - 1)];
}

/* His place, or the one that is missed least. */
static struct place *
find(struct place *set, uint64_t who)
{
	struct place *least = set;

	for (struct place *p = set; p < set + WAYS; p++) {
		if (p->who == who && p->done_us != 0)
			return p;
		if (p->done_us < least->done_us)
			least = p;
	}
	*least = (struct place){ .who = who };
	return least;
}

bool
rate_take(struct rate *r, uint64_t who, int64_t now_us)
{
	struct place *p = find(set_of(r, who), who);
	int64_t from_us = p->done_us > now_us ? p->done_us : now_us;

	if (from_us + r->each_us > now_us + MINUTE_US)
		return false;
	p->done_us = from_us + r->each_us;
	return true;
}
