#include "cli/hashing.h"

#include <assert.h>
#include <event2/event.h>
#include <string.h>

#include "auth/desk_ask.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "cli/field.h"

#define AGAIN_MS 50

struct hashing {
	struct desk *desk;
	size_t open; /* orders without an answer */
	bool nobody; /* auth did not answer one */
};

/* ------------------------------------------------------------- asking auth */

static void ask(void *arg);

static void
on_answer(void *arg, const struct ipc_head *head)
{
	const struct desk_hashed *answer = desk_hashed_of(head);
	struct hashing_order *o = arg;
	struct hashing *h = o->hashing;

	if (answer->end == DESK_FULL) {
		loop_after(desk_base(h->desk), AGAIN_MS, ask, o);
		return;
	}
	o->done = answer->end == DESK_DONE;
	memcpy(o->hash, answer->hash, sizeof(o->hash));
	h->nobody |= answer->end == DESK_NOBODY;
	if (--h->open == 0)
		event_base_loopbreak(desk_base(h->desk));
}

static void
ask(void *arg)
{
	struct hashing_order *o = arg;

	xalloc_made(desk_ask_hash(desk_auth(o->hashing->desk), o->password,
	    strlen(o->password), on_answer, o));
}

static void
ask_all(struct hashing *h, struct hashing_order *orders, size_t count)
{
	h->open = count;
	for (size_t i = 0; i < count; i++)
		ask(&orders[i]);
	event_base_dispatch(desk_base(h->desk));
}

/* ------------------------------------------------------------------ public */

/* Here only with the pepper: without it, it would be no hash of ours. */
static bool
finish(const struct desk *desk, struct hashing_order *o)
{
	if (!o->done && desk_auth(desk) == NULL)
		o->done =
		    password_hash(o->password, strlen(o->password), o->hash);
	return field_ok("password", o->done
					? NULL
					: "there is not enough memory for its "
					  "hash (policy.argon2_memory)");
}

bool
hashing_do(struct desk *desk, struct hashing_order *orders, size_t count)
{
	struct hashing h = { .desk = desk };

	assert(count > 0 && count <= HASHING_AT_ONCE);
	for (size_t i = 0; i < count; i++) {
		orders[i].hashing = &h;
		orders[i].done = false;
	}
	if (desk_auth(desk) != NULL)
		ask_all(&h, orders, count);
	if (h.nobody && !desk_alone(desk))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!finish(desk, &orders[i]))
			return false;
	return true;
}
