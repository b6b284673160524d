#include "auth/hasher.h"

#include "auth/desk_ask.h"
#include "base/locked.h"
#include "base/loop.h"
#include "base/pool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* When to look whether a pool that was full of logins has room. */
#define AGAIN_MS 10

struct order {
	struct pool_job job;
	TAILQ_ENTRY(order) link;
	struct hasher *hasher;
	void *asker;
	uint64_t id;
	struct call *call; /* in the pool; NULL: it waits */
	bool hashed;
	char hash[PASSWORD_HASH_SIZE];
	size_t secret_len;
	char secret[DESK_SECRET_SIZE];
};

TAILQ_HEAD(orders, order);

struct hasher {
	struct hasher_options options;
	struct orders waiting, working;
	unsigned count; /* of both */
	unsigned busy;	/* of those that are working */
	unsigned most;	/* that may be */
	struct loop_timer *again;
};

static void work_on(struct hasher *);

static void
tell(struct hasher *h, void *asker, uint64_t id, enum desk_end end,
    const char *hash)
{
	struct desk_hashed answer;

	memset(&answer, 0, sizeof(answer));
	answer.head.kind = DESK_KIND_HASH;
	answer.head.id = id;
	answer.end = end;
	if (end == DESK_DONE)
		memcpy(answer.hash, hash, sizeof(answer.hash));
	h->options.answer(asker, &answer.head, sizeof(answer));
}

/* ------------------------------------------------------------- in the pool */

static void
hash(void *arg)
{
	struct order *o = arg;

	o->hashed = password_hash(o->secret, o->secret_len, o->hash);
}

static void
on_hash(void *arg)
{
	struct order *o = arg;
	struct hasher *h = o->hasher;

	TAILQ_REMOVE(&h->working, o, link);
	h->busy--;
	h->count--;
	tell(h, o->asker, o->id, o->hashed ? DESK_DONE : DESK_FAILED, o->hash);
	work_on(h);
}

static void
release(void *arg)
{
	locked_free(arg);
}

/* False: the pool is full of others. */
static bool
begin(struct hasher *h, struct order *o)
{
	const struct hasher_options *to = &h->options;

	o->call =
	    pool_run(to->pool, to->mailbox, &o->job, hash, on_hash, release, o);
	if (o->call == NULL)
		return false;
	TAILQ_REMOVE(&h->waiting, o, link);
	TAILQ_INSERT_TAIL(&h->working, o, link);
	h->busy++;
	return true;
}

static void
look(void *arg)
{
	struct hasher *h = arg;

	h->again = NULL;
	work_on(h);
}

static void
work_on(struct hasher *h)
{
	struct order *o;

	while (h->busy < h->most && (o = TAILQ_FIRST(&h->waiting)) != NULL) {
		if (begin(h, o))
			continue;
		if (h->again == NULL)
			h->again =
			    loop_after(h->options.base, AGAIN_MS, look, h);
		return;
	}
}

/* ----------------------------------------------------------------- public */

struct hasher *
hasher_open(const struct hasher_options *options)
{
	struct hasher *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->options = *options;
	h->most = options->threads > 1 ? options->threads / 2 : 1;
	TAILQ_INIT(&h->waiting);
	TAILQ_INIT(&h->working);
	return h;
}

void
hasher_close(struct hasher *h)
{
	struct order *o;

	if (h == NULL)
		return;
	loop_cancel(h->again);
	while ((o = TAILQ_FIRST(&h->waiting)) != NULL) {
		TAILQ_REMOVE(&h->waiting, o, link);
		locked_free(o);
	}
	while ((o = TAILQ_FIRST(&h->working)) != NULL) {
		TAILQ_REMOVE(&h->working, o, link);
		call_forget(o->call); /* the pool releases it */
	}
	free(h);
}

bool
hasher_take(
    struct hasher *h, void *asker, const struct ipc_head *head, size_t bytes)
{
	const struct desk_hash *q = (const void *)head;
	struct order *o;

	if (head->kind != DESK_KIND_HASH || !desk_question_good(head, bytes))
		return false;
	if (h->count == HASHER_MAX) {
		tell(h, asker, head->id, DESK_FULL, NULL);
		return true;
	}
	o = locked_new(sizeof(*o));
	if (o == NULL) {
		tell(h, asker, head->id, DESK_FAILED, NULL);
		return true;
	}
	o->hasher = h;
	o->asker = asker;
	o->id = head->id;
	o->secret_len = q->secret_len;
	memcpy(o->secret, q->secret, q->secret_len);
	TAILQ_INSERT_TAIL(&h->waiting, o, link);
	h->count++;
	work_on(h);
	return true;
}
