#include "cli/hashing.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/hash_ask.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "cli/command.h"
#include "cli/field.h"

#define AGAIN_MS 50

struct hashing {
	const struct config *config;
	struct event_base *base;
	struct ipc_client *auth; /* NULL: we have the pepper */
	size_t open;		 /* orders without an answer */
	bool nobody;		 /* auth has refused us, or has gone */
	char socket[4096];
};

static void
open_password(const struct config *c)
{
	password_open(&(struct password_cost){
	    c->policy.argon2_memory_kib, c->policy.argon2_passes });
}

bool
hashing_pepper(const struct config *c)
{
	struct fault why;

	open_password(c);
	return password_read_pepper(
		   c->auth.pepper, c->auth.pepper_before, &why) ||
	       command_say("auth.pepper: %s; run this as the service's user, "
			   "who may read it",
		   why.text);
}

/* Why auth does not hash for us. */
static const char *
absence(const struct hashing *h)
{
	if (h->auth != NULL)
		return "it has ended, or hashes for somebody else";
	return access(h->socket, W_OK) != 0 ? strerror(errno)
					    : "nobody answers there";
}

static bool
do_it_here(struct hashing *h)
{
	const struct config_auth *a = &h->config->auth;
	struct fault why;
	bool read;

	open_password(h->config);
	read = password_read_pepper(a->pepper, a->pepper_before, &why) ||
	       command_say(
		   "password: auth does not hash it: %s: %s; nor can the "
		   "pepper be read here: %s. Start the service and run this as "
		   "root or as `service.operator`, or as a user who may read "
		   "that file",
		   h->socket, absence(h), why.text);
	ipc_client_close(h->auth);
	h->auth = NULL;
	return read;
}

struct hashing *
hashing_open(const struct config *c)
{
	struct hashing *h = xcalloc(1, sizeof(*h));
	struct ipc_client *auth;

	h->config = c;
	h->base = loop_new();
	snprintf(
	    h->socket, sizeof(h->socket), "%s/%s", c->service.run, HASH_SOCKET);
	auth = hash_connect(h->base, h->socket);
	if (auth != NULL && ipc_client_up(auth)) {
		h->auth = auth;
		return h;
	}
	ipc_client_close(auth);
	if (do_it_here(h))
		return h;
	hashing_close(h);
	return NULL;
}

void
hashing_close(struct hashing *h)
{
	if (h == NULL)
		return;
	ipc_client_close(h->auth);
	event_base_free(h->base);
	free(h);
}

/* ------------------------------------------------------------- asking auth */

static void ask(void *arg);

static void
on_answer(void *arg, const struct ipc_head *head)
{
	const struct hash_answer *answer = hash_answer_of(head);
	struct hashing_order *o = arg;
	struct hashing *h = o->hashing;

	if (answer->end == HASH_FULL) {
		loop_after(h->base, AGAIN_MS, ask, o);
		return;
	}
	o->done = answer->end == HASH_DONE;
	memcpy(o->hash, answer->hash, sizeof(o->hash));
	h->nobody |= answer->end == HASH_NOBODY;
	if (--h->open == 0)
		event_base_loopbreak(h->base);
}

static void
ask(void *arg)
{
	struct hashing_order *o = arg;

	xalloc_made(hash_ask(
	    o->hashing->auth, o->password, strlen(o->password), on_answer, o));
}

static void
ask_all(struct hashing *h, struct hashing_order *orders, size_t count)
{
	h->nobody = false;
	h->open = count;
	for (size_t i = 0; i < count; i++)
		ask(&orders[i]);
	event_base_dispatch(h->base);
}

/* ------------------------------------------------------------------ public */

/* Here only with the pepper: without it, it would be no hash of ours. */
static bool
finish(const struct hashing *h, struct hashing_order *o)
{
	if (!o->done && h->auth == NULL)
		o->done =
		    password_hash(o->password, strlen(o->password), o->hash);
	return field_ok("password", o->done
					? NULL
					: "there is not enough memory for its "
					  "hash (policy.argon2_memory)");
}

bool
hashing_do(struct hashing *h, struct hashing_order *orders, size_t count)
{
	assert(count > 0 && count <= HASHING_AT_ONCE);
	for (size_t i = 0; i < count; i++) {
		orders[i].hashing = h;
		orders[i].done = false;
	}
	if (h->auth != NULL)
		ask_all(h, orders, count);
	if (h->nobody && h->auth != NULL && !do_it_here(h))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!finish(h, &orders[i]))
			return false;
	return true;
}
