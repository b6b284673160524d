#include "mailer/claimed.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define FRESH_US (OUTBOX_LEASE_S / 2 * 1000000LL)

struct kept {
	TAILQ_ENTRY(kept) link;
	struct outbox_mail mail;
	int64_t since_us;
};
TAILQ_HEAD(kept_list, kept);

struct claimed {
	struct kept *all;
	struct kept_list codes, others; /* as they came */
	struct kept_list free;
	size_t size, room;
};

struct claimed *
claimed_new(size_t room)
{
	struct claimed *s = xcalloc(1, sizeof(*s));

	s->all = xcalloc(room, sizeof(*s->all));
	s->size = s->room = room;
	TAILQ_INIT(&s->codes);
	TAILQ_INIT(&s->others);
	TAILQ_INIT(&s->free);
	for (size_t i = 0; i < room; i++)
		TAILQ_INSERT_TAIL(&s->free, &s->all[i], link);
	return s;
}

void
claimed_free(struct claimed *s)
{
	if (s == NULL)
		return;
	explicit_bzero(s->all, s->size * sizeof(*s->all));
	free(s->all);
	free(s);
}

size_t
claimed_room(const struct claimed *s)
{
	return s->room;
}

void
claimed_put(struct claimed *s, const struct outbox_mail *m)
{
	struct kept *k = TAILQ_FIRST(&s->free);

	assert(k != NULL);
	TAILQ_REMOVE(&s->free, k, link);
	k->mail = *m;
	k->since_us = clock_mono_us();
	TAILQ_INSERT_TAIL(m->dies_at != 0 ? &s->codes : &s->others, k, link);
	s->room--;
}

bool
claimed_take(
    struct claimed *s, bool codes_only, struct outbox_mail *out, bool *stale)
{
	struct kept_list *list = &s->codes;
	struct kept *k;

	if (TAILQ_EMPTY(list) && !codes_only)
		list = &s->others;
	k = TAILQ_FIRST(list);
	if (k == NULL)
		return false;
	*out = k->mail;
	*stale = clock_mono_us() - k->since_us > FRESH_US;
	TAILQ_REMOVE(list, k, link);
	explicit_bzero(&k->mail, sizeof(k->mail));
	TAILQ_INSERT_HEAD(&s->free, k, link);
	s->room++;
	return true;
}
