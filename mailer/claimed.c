#include "mailer/claimed.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FRESH_US (OUTBOX_LEASE_S / 2 * 1000000LL)

struct kept {
	struct outbox_mail mail;
	int64_t since_us;
};

struct claimed {
	size_t size, count;
	struct kept *kept; /* as they came */
};

struct claimed *
claimed_new(size_t room)
{
	struct claimed *s = xcalloc(1, sizeof(*s));

	s->kept = xcalloc(room, sizeof(*s->kept));
	s->size = room;
	return s;
}

void
claimed_free(struct claimed *s)
{
	if (s == NULL)
		return;
	explicit_bzero(s->kept, s->size * sizeof(*s->kept));
	free(s->kept);
	free(s);
}

size_t
claimed_room(const struct claimed *s)
{
	return s->size - s->count;
}

void
claimed_put(struct claimed *s, const struct outbox_mail *m)
{
	assert(s->count < s->size);
	s->kept[s->count].mail = *m;
	s->kept[s->count].since_us = clock_mono_us();
	s->count++;
}

static bool
is_code(const struct kept *k)
{
	return k->mail.dies_at != 0;
}

/* `count` if there is none. */
static size_t
choose(const struct claimed *s, bool codes_only)
{
	for (size_t i = 0; i < s->count; i++)
		if (is_code(&s->kept[i]))
			return i;
	return codes_only ? s->count : 0;
}

bool
claimed_take(
    struct claimed *s, bool codes_only, struct outbox_mail *out, bool *stale)
{
	size_t i = choose(s, codes_only);

	if (i >= s->count)
		return false;
	*out = s->kept[i].mail;
	*stale = clock_mono_us() - s->kept[i].since_us > FRESH_US;
	s->count--;
	memmove(
	    &s->kept[i], &s->kept[i + 1], (s->count - i) * sizeof(*s->kept));
	explicit_bzero(&s->kept[s->count], sizeof(*s->kept));
	return true;
}
