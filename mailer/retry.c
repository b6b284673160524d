#include "mailer/retry.h"

#include "base/secret.h"

/* Somebody looks at the page and at the mailbox. */
#define URGENT_LAST_S 30
#define URGENT_TIMES 2
#define TIMES 3

unsigned
retry_wait(unsigned first, unsigned last, unsigned times, unsigned n)
{
	unsigned wait = first > 0 ? first : 1;

	for (unsigned i = 0; i < n && wait < last; i++)
		wait *= times;
	return wait < last ? wait : last;
}

static unsigned
wait_s(const struct retry *r)
{
	unsigned last = r->last_s > 0 ? r->last_s : 1;

	if (!r->urgent)
		return retry_wait(r->first_s, last, TIMES, r->attempts);
	return retry_wait(r->first_s / 2,
	    last < URGENT_LAST_S ? last : URGENT_LAST_S, URGENT_TIMES,
	    r->attempts);
}

bool
retry_at(const struct retry *r, time_t now, time_t *next_at)
{
	unsigned wait = wait_s(r);
	time_t last = r->made_at + (time_t)r->give_up_h * 3600;

	/* Chance takes off up to a quarter, never adds. */
	*next_at = now + (time_t)(wait - secret_random_below(wait / 4 + 1));
	if (r->dies_at != 0)
		return true;
	if (now >= last)
		return false;
	if (*next_at > last)
		*next_at = last; /* once more before it is given up */
	return true;
}
