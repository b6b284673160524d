#include "db/redis_waiting.h"

#include "base/clock.h"
#include "base/loop.h"

void
redis_waiting_begin(struct redis_waiting *w, struct event_base *base,
    void (*late)(void *arg), void *arg)
{
	*w = (struct redis_waiting){ .base = base, .late = late, .arg = arg };
	TAILQ_INIT(&w->all);
}

void
redis_waiting_end(struct redis_waiting *w)
{
	struct redis_question *q;

	while ((q = TAILQ_FIRST(&w->all)) != NULL) {
		bool sent = q->never == NULL;

		loop_cancel(q->never);
		redis_waiting_take(q);
		redis_question_tell(q, DB_DOWN, NULL);
		if (!sent) /* otherwise hiredis gives it back */
			redis_question_free(q);
	}
	loop_cancel(w->watch);
}

void
redis_waiting_add(
    struct redis_waiting *w, struct redis_question *q, int64_t patience_ms)
{
	q->among = w;
	q->late_us = clock_mono_us() + patience_ms * 1000;
	TAILQ_INSERT_TAIL(&w->all, q, link);
	w->count++;
}

void
redis_waiting_take(struct redis_question *q)
{
	TAILQ_REMOVE(&q->among->all, q, link);
	q->among->count--;
	q->among = NULL;
}

/* The oldest question that was sent. */
static struct redis_question *
oldest(struct redis_waiting *w)
{
	struct redis_question *q;

	TAILQ_FOREACH (q, &w->all, link)
		if (q->never == NULL)
			return q;
	return NULL;
}

/*
 * The timer is not moved with every answer; when it fires, it looks how long
 * the oldest question may still wait.
 */
static void
on_watch(void *arg)
{
	struct redis_waiting *w = arg;
	struct redis_question *q = oldest(w);
	int64_t left_us;

	w->watch = NULL;
	if (q == NULL)
		return;
	left_us = q->late_us - clock_mono_us();
	if (left_us > 0)
		w->watch =
		    loop_after(w->base, (left_us + 999) / 1000, on_watch, w);
	else
		w->late(w->arg);
}

void
redis_waiting_sent(struct redis_waiting *w, int64_t patience_ms)
{
	if (w->watch == NULL)
		w->watch = loop_after(w->base, patience_ms, on_watch, w);
}

static void
on_never(void *arg)
{
	struct redis_question *q = arg;

	redis_waiting_take(q);
	redis_question_tell(q, DB_DOWN, NULL);
	redis_question_free(q);
}

bool
redis_waiting_never(struct redis_question *q)
{
	q->never = loop_try(q->among->base, 0, on_never, q);
	if (q->never != NULL)
		return true;
	redis_waiting_take(q);
	redis_question_free(q);
	return false;
}
