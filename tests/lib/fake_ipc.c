#include "tests/lib/fake_ipc.h"

#include "tests/lib/fake_calls.h"
#include "tests/lib/fake_memory.h"
#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct asked {
	struct call call; /* first */
	TAILQ_ENTRY(asked) link;
	uint64_t id;
	ipc_answer_fn *answer;
	void *arg;
};

struct ipc_client {
	struct ipc_client_options options;
	fake_ipc_take_fn *take;
	void *arg;
	uint64_t last_id;
	bool asking; /* an answer now would come before its question */
	TAILQ_HEAD(, asked) open;
};

unsigned fake_ipc_said;

static fake_ipc_take_fn *next_take;
static void *next_arg;

void
fake_ipc_to(fake_ipc_take_fn *take, void *arg)
{
	next_take = take;
	next_arg = arg;
}

struct ipc_client *
ipc_client_open(const struct ipc_client_options *o)
{
	struct ipc_client *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->options = *o;
	c->take = next_take;
	c->arg = next_arg;
	TAILQ_INIT(&c->open);
	return c;
}

void
ipc_client_close(struct ipc_client *c)
{
	struct asked *q;

	while ((q = TAILQ_FIRST(&c->open)) != NULL) {
		assert_true(q->call.forgotten);
		TAILQ_REMOVE(&c->open, q, link);
		free(q);
	}
	free(c);
}

static void
say(struct ipc_client *c, const struct ipc_head *message, size_t bytes)
{
	struct ipc_head *copy = fake_memory(bytes);

	memcpy(copy, message, bytes);
	copy->id = ++c->last_id;
	c->asking = true;
	fake_ipc_said++;
	assert_true(c->take(c->arg, c, copy, bytes));
	c->asking = false;
	free(copy);
}

struct call *
ipc_ask(struct ipc_client *c, const struct ipc_head *question, size_t bytes,
    int64_t limit_ms, ipc_answer_fn *answer, void *arg)
{
	struct asked *q = fake_memory(sizeof(*q));

	assert_true(limit_ms > 0);
	q->id = c->last_id + 1;
	q->answer = answer;
	q->arg = arg;
	TAILQ_INSERT_TAIL(&c->open, q, link);
	say(c, question, bytes);
	return &q->call;
}

void
ipc_tell(struct ipc_client *c, const struct ipc_head *message, size_t bytes)
{
	say(c, message, bytes);
}

/* An answer that was known at once: it comes when its question has gone. */
struct early {
	struct fake_call call; /* first */
	struct ipc_client *client;
	size_t bytes;
	struct ipc_head *message;
};

static void
tell_early(struct fake_call *call, enum fake_end end)
{
	struct early *e = (struct early *)call;

	(void)end;
	fake_ipc_answer(e->client, e->message, e->bytes);
	free(e->message);
}

static void
answer_later(struct ipc_client *c, const struct ipc_head *message, size_t bytes)
{
	struct early *e =
	    fake_call_new(sizeof(*e), "at-once", tell_early, NULL);

	e->client = c;
	e->bytes = bytes;
	e->message = fake_memory(bytes);
	memcpy(e->message, message, bytes);
}

void
fake_ipc_answer(struct ipc_client *c, struct ipc_head *answer, size_t bytes)
{
	struct asked *q;

	assert_true(bytes <= c->options.answer_size);
	assert_true(c->options.answer_good(answer, bytes));
	if (c->asking) {
		answer_later(c, answer, bytes);
		return;
	}
	TAILQ_FOREACH (q, &c->open, link)
		if (q->id == answer->id)
			break;
	if (q == NULL) /* whoever asked has been told to go */
		return;
	TAILQ_REMOVE(&c->open, q, link);
	if (!q->call.forgotten)
		q->answer(q->arg, answer);
	free(q);
}
