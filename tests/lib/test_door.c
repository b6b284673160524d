#include "tests/lib/test_door.h"

#include "base/loop.h"
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 41 /* with NUL */

static const struct flow_refusal bad_name = { .status = 422,
	.level = LOG_LINE_INFO,
	.word = "bad-name",
	.text = "A name is of small letters." };

struct greeting {
	char name[NAME_SIZE];
};

/* ------------------------------------------------------------- read name */

static enum flow_next
read_name(struct flow *f)
{
	struct greeting *g = f->state;
	size_t len;
	const unsigned char *body = flow_body(f, &len);

	if (len == 0 || len >= NAME_SIZE)
		return flow_refuse(f, &bad_name, "A name has 1 to 40 letters.");
	memcpy(g->name, body, len);
	if (strspn(g->name, "abcdefghijklmnopqrstuvwxyz") != len)
		return flow_refuse(f, &bad_name, NULL);
	flow_answer(f, "text/plain", "Nobody is here.\n", 16);
	return FLOW_NEXT;
}

/* ------------------------------------------------------------- ask clerk */

/* A question as base/call.h has it: answered once, later, or dropped. */
struct question {
	struct call call; /* first */
	struct flow *flow;
	struct test_door *door;
	struct loop_timer *timer;
	TAILQ_ENTRY(question) all;
};

static void
forget(struct question *q)
{
	TAILQ_REMOVE(&q->door->open, q, all);
	free(q);
}

static void
greet(struct flow *f)
{
	const struct greeting *g = f->state;
	const char *text =
	    arena_printf(f->arena, "Good morning, %s.\n", g->name);

	flow_answer(f, "text/plain", text, strlen(text));
	flow_field(f, "X-Clerk", "yes");
}

static void
on_answer(void *arg)
{
	struct question *q = arg;
	struct flow *f = q->flow;
	bool forgotten = q->call.forgotten;

	forget(q);
	if (forgotten)
		return;
	greet(f);
	flow_resume(f, FLOW_NEXT);
}

static bool
somebody(const struct flow *f)
{
	const struct greeting *g = f->state;

	return strcmp(g->name, "nobody") != 0;
}

static enum flow_next
ask_clerk(struct flow *f)
{
	struct test_door *door = f->own;
	struct question *q = xcalloc(1, sizeof(*q));

	q->flow = f;
	q->door = door;
	q->timer = loop_after(door->base, door->answer_ms, on_answer, q);
	TAILQ_INSERT_TAIL(&door->open, q, all);
	door->asked++;
	f->unstoppable = door->unstoppable;
	f->asked = &q->call;
	return FLOW_WAIT;
}

/* ---------------------------------------------------------- the endpoint */

static void
leave(struct flow *f)
{
	struct test_door *door = f->own;

	door->left++;
}

static void
log_name(const struct flow *f, struct log_line *l)
{
	log_text(l, "name", ((const struct greeting *)f->state)->name);
}

static const struct flow_step steps[] = {
	{ "read name", NULL, read_name },
	{ "ask clerk", somebody, ask_clerk },
	{ NULL },
};

static const struct endpoint greeting = { .name = "greeting",
	.methods = "POST",
	.path = "/test/greeting",
	.state_size = sizeof(struct greeting),
	.steps = steps,
	.leave = leave,
	.log = log_name };

static const struct endpoint *const endpoints[] = { &greeting, NULL };

const struct door test_door = { .endpoints = endpoints };

void
test_door_init(
    struct test_door *door, struct event_base *base, int64_t answer_ms)
{
	*door = (struct test_door){ .base = base, .answer_ms = answer_ms };
	TAILQ_INIT(&door->open);
}

void
test_door_end(struct test_door *door)
{
	struct question *q;

	while ((q = TAILQ_FIRST(&door->open)) != NULL) {
		loop_cancel(q->timer);
		forget(q);
	}
}
