#include "auth/desk_ask.h"

#include "base/believe.h"
#include "base/secret.h"

#include <assert.h>
#include <string.h>

/* Logins come first: a password may wait for many of them. */
#define LIMIT_MS 60000
#define SILENCE_MS 2000

/* ---------------------------------------------------------------- asking */

union answer {
	struct desk_hashed hashed;
	struct desk_proved proved;
};

struct ipc_client *
desk_connect(struct event_base *base, const char *socket_path)
{
	return ipc_client_open(&(struct ipc_client_options){
	    .base = base,
	    .path = socket_path,
	    .name = "auth",
	    .version = DESK_VERSION,
	    .answer_size = sizeof(union answer),
	    .silence_ms = SILENCE_MS,
	    .answer_good = desk_answer_good,
	});
}

static size_t
hash_bytes(const struct desk_hash *q)
{
	return offsetof(struct desk_hash, secret) + q->secret_len;
}

static size_t
prove_bytes(const struct desk_prove *q)
{
	return offsetof(struct desk_prove, secret) + q->secret_len;
}

struct call *
desk_ask_hash(struct ipc_client *auth, const char *password, size_t len,
    ipc_answer_fn *answer, void *arg)
{
	struct desk_hash q = { .head.kind = DESK_KIND_HASH, .secret_len = len };
	struct call *call;

	assert(len <= sizeof(q.secret));
	memcpy(q.secret, password, len);
	call = ipc_ask(auth, &q.head, hash_bytes(&q), LIMIT_MS, answer, arg);
	secret_wipe(&q, sizeof(q));
	return call;
}

struct call *
desk_ask_proof(struct ipc_client *auth, struct desk_prove *q,
    ipc_answer_fn *answer, void *arg)
{
	q->head.kind = DESK_KIND_PROVE;
	return ipc_ask(auth, &q->head, prove_bytes(q), LIMIT_MS, answer, arg);
}

/* --------------------------------------------------------------- hearing */

const struct desk_hashed *
desk_hashed_of(const struct ipc_head *head)
{
	static const struct desk_hashed nobody = { .end = DESK_NOBODY };

	return head == NULL ? &nobody : (const void *)head;
}

const struct desk_proved *
desk_proved_of(const struct ipc_head *head)
{
	static const struct desk_proved nobody = { .end = DESK_NOBODY };

	return head == NULL ? &nobody : (const void *)head;
}

/* ------------------------------------------------------------- believing */

static bool
hash_good(const struct desk_hash *q, size_t bytes)
{
	return bytes >= offsetof(struct desk_hash, secret) &&
	       q->secret_len <= sizeof(q->secret) && bytes == hash_bytes(q);
}

static bool
prove_good(const struct desk_prove *q, size_t bytes)
{
	return bytes >= offsetof(struct desk_prove, secret) &&
	       q->secret_len <= sizeof(q->secret) && bytes == prove_bytes(q) &&
	       (q->subject == AUTH_ACCOUNT || q->subject == AUTH_CONTRACT) &&
	       believe_text(q->name, sizeof(q->name));
}

bool
desk_question_good(const struct ipc_head *head, size_t bytes)
{
	const void *q = head;

	switch (head->kind) {
	case DESK_KIND_HASH:
		return hash_good(q, bytes);
	case DESK_KIND_PROVE:
		return prove_good(q, bytes);
	default:
		return false;
	}
}

static bool
hashed_good(const struct desk_hashed *a, size_t bytes)
{
	return bytes == sizeof(*a) && (unsigned)a->end < DESK_ENDS &&
	       believe_text(a->hash, sizeof(a->hash));
}

static bool
proved_good(const struct desk_proved *a, size_t bytes)
{
	return bytes == sizeof(*a) && (unsigned)a->end < DESK_ENDS &&
	       facts_account_good(&a->account);
}

bool
desk_answer_good(const struct ipc_head *head, size_t bytes)
{
	const void *a = head;

	switch (head->kind) {
	case DESK_KIND_HASH:
		return hashed_good(a, bytes);
	case DESK_KIND_PROVE:
		return proved_good(a, bytes);
	default:
		return false;
	}
}
