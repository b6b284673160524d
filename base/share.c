#include "base/share.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/queue.h>

struct part {
	LIST_ENTRY(part) link;
	const void *who;
	unsigned count;
};

struct share {
	unsigned left;
	LIST_HEAD(, part) parts; /* as many as askers: few */
};

struct share *
share_new(unsigned room)
{
	struct share *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->left = room;
	LIST_INIT(&s->parts);
	return s;
}

void
share_free(struct share *s)
{
	struct part *p;

	if (s == NULL)
		return;
	while ((p = LIST_FIRST(&s->parts)) != NULL) {
		LIST_REMOVE(p, link);
		free(p);
	}
	free(s);
}

static struct part *
find(const struct share *s, const void *who)
{
	struct part *p;

	LIST_FOREACH (p, &s->parts, link)
		if (p->who == who)
			return p;
	return NULL;
}

static struct part *
find_or_begin(struct share *s, const void *who)
{
	struct part *p = find(s, who);

	if (p != NULL || (p = calloc(1, sizeof(*p))) == NULL)
		return p;
	p->who = who;
	LIST_INSERT_HEAD(&s->parts, p, link);
	return p;
}

bool
share_take(struct share *s, const void *who)
{
	struct part *p;

	if (s->left == 0)
		return false;
	p = find_or_begin(s, who);
	if (p == NULL || p->count >= s->left)
		return false;
	p->count++;
	s->left--;
	return true;
}

void
share_give(struct share *s, const void *who)
{
	struct part *p = find(s, who);

	assert(p != NULL && p->count > 0);
	s->left++;
	if (--p->count > 0)
		return;
	LIST_REMOVE(p, link);
	free(p);
}
