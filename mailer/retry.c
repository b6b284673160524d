#include "mailer/retry.h"

#include "base/secret.h"

#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const unsigned notice_waits_s[] = { 5, 15, 60, 300, 900, 1800, 3600 };
static const unsigned urgent_waits_s[] = { 2, 5, 10, 30 };

static unsigned
nth(const unsigned *waits, size_t count, unsigned n)
{
	return waits[n < count ? n : count - 1];
}

bool
retry_at(const struct retry *r, time_t now, time_t *next_at)
{
	unsigned wait =
	    r->urgent ? nth(urgent_waits_s, COUNT(urgent_waits_s), r->attempts)
		      : nth(notice_waits_s, COUNT(notice_waits_s), r->attempts);
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
