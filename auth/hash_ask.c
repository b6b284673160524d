#include "auth/hash_ask.h"

#include "base/believe.h"
#include "base/secret.h"

#include <assert.h>
#include <string.h>

/* Logins come first: a hash may wait for many of them. */
#define LIMIT_MS 60000
#define SILENCE_MS 2000

struct ipc_client *
hash_connect(struct event_base *base, const char *socket_path)
{
	return ipc_client_open(&(struct ipc_client_options){
	    .base = base,
	    .path = socket_path,
	    .name = "auth",
	    .version = HASH_VERSION,
	    .answer_size = sizeof(struct hash_answer),
	    .silence_ms = SILENCE_MS,
	    .answer_good = hash_answer_good,
	});
}

static size_t
question_bytes(const struct hash_question *q)
{
	return offsetof(struct hash_question, secret) + q->secret_len;
}

struct call *
hash_ask(struct ipc_client *auth, const char *password, size_t len,
    ipc_answer_fn *answer, void *arg)
{
	struct hash_question q = { .head.kind = HASH_KIND, .secret_len = len };
	struct call *call;

	assert(len <= sizeof(q.secret));
	memcpy(q.secret, password, len);
	call =
	    ipc_ask(auth, &q.head, question_bytes(&q), LIMIT_MS, answer, arg);
	secret_wipe(&q, sizeof(q));
	return call;
}

const struct hash_answer *
hash_answer_of(const struct ipc_head *head)
{
	static const struct hash_answer nobody = { .end = HASH_NOBODY };

	return head == NULL ? &nobody : (const void *)head;
}

bool
hash_question_good(const struct ipc_head *head, size_t bytes)
{
	const struct hash_question *q = (const void *)head;

	return head->kind == HASH_KIND &&
	       bytes >= offsetof(struct hash_question, secret) &&
	       q->secret_len <= sizeof(q->secret) && bytes == question_bytes(q);
}

bool
hash_answer_good(const struct ipc_head *head, size_t bytes)
{
	const struct hash_answer *a = (const void *)head;

	return head->kind == HASH_KIND && bytes == sizeof(*a) &&
	       (unsigned)a->end < HASH_ENDS &&
	       believe_text(a->hash, sizeof(a->hash));
}
