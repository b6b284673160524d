#include "keymaker/keymaker.h"

#include "base/ipc_server.h"
#include "base/locked.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/pool.h"
#include "base/secret.h"
#include "base/share.h"
#include "base/xalloc.h"
#include "keymaker/ask.h"
#include "pki/secure_heap.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Private numbers are kept where OpenSSL keeps those of as many handshakes. */
#define HANDSHAKES 1024

struct keymaker {
	struct event_base *base;
	struct pool *pool;
	struct pool_mailbox *mailbox;
	struct ipc_server *fronts;
	struct share *room;
	struct event *term;
	enum keys_people kind; /* of those that are made ahead */
	EVP_PKEY *ahead[KEYMAKER_AHEAD];
	unsigned count;
	struct pool_job refill;
	bool refilling;
	EVP_PKEY *made; /* by `refill` */
};

/* A question on its way through a thread, in memory that is not swapped out. */
struct work {
	struct pool_job job;
	struct keymaker *of;
	struct ipc_peer *front;
	EVP_PKEY *key; /* made ahead, or NULL */
	union {
		struct ipc_head head;
		struct keymaker_key_question key;
		struct keymaker_file_question file;
	} ask;
	union {
		struct ipc_head head;
		struct keymaker_key_answer key;
		struct keymaker_file_answer file;
	} answer;
};

/* ------------------------------------------------------------ made ahead */

static void refill(struct keymaker *);

static void
make_ahead(void *arg)
{
	struct keymaker *k = arg;

	k->made = made_key_new(k->kind);
}

static void
on_made(void *arg)
{
	struct keymaker *k = arg;

	k->refilling = false;
	if (k->made == NULL)
		return; /* the next question tries again */
	k->ahead[k->count++] = k->made;
	k->made = NULL;
	refill(k);
}

/* One at a time, so that a thread is left for who asks. */
static void
refill(struct keymaker *k)
{
	if (k->refilling || k->count == KEYMAKER_AHEAD)
		return;
	k->refilling = pool_run(k->pool, k->mailbox, &k->refill, make_ahead,
			   on_made, NULL, k) != NULL;
}

static EVP_PKEY *
take_ahead(struct keymaker *k, enum keys_people kind)
{
	return kind == k->kind && k->count > 0 ? k->ahead[--k->count] : NULL;
}

/* ------------------------------------------------------------------- work */

/* The key goes into the answer, sealed; its own bytes go at once. */
static bool
seal_key(const struct work *w, EVP_PKEY *key, struct keymaker_key_answer *a)
{
	struct buf der, request;
	bool good;

	buf_init(&der, sizeof(a->sealed) - SEALED_MORE);
	buf_init(&request, sizeof(a->request));
	good = made_key_write(key, &der) &&
	       made_key_request(key, w->ask.key.name, &request);
	if (good) {
		sealed_close(&w->ask.key.seal, der.at, der.used, a->sealed);
		a->sealed_len = (uint16_t)(der.used + SEALED_MORE);
		memcpy(a->request, request.at, request.used);
		a->request_len = (uint16_t)request.used;
	}
	buf_free(&request);
	buf_free(&der);
	return good;
}

static void
make_key(void *arg)
{
	struct work *w = arg;
	EVP_PKEY *key = w->key != NULL ? w->key : made_key_new(w->ask.key.key);
	bool good = key != NULL && seal_key(w, key, &w->answer.key);

	w->key = NULL;
	w->answer.key.end = good ? KEYMAKER_DONE : KEYMAKER_DOWN;
	EVP_PKEY_free(key);
}

static bool
write_file(
    const struct keymaker_file_question *q, EVP_PKEY *key, struct buf *out)
{
	const struct made_key_file file = { .form = q->form,
		.name = q->name,
		.passphrase = q->passphrase,
		.certificates = q->certificates,
		.certificates_len = q->certificates_len };

	return made_key_file(key, &file, out);
}

/* NULL: sealed by another secret, or no key. */
static EVP_PKEY *
unseal_key(const struct keymaker_file_question *q)
{
	unsigned char der[KEYMAKER_SEALED_MAX];
	EVP_PKEY *key = NULL;

	if (sealed_open(&q->seal, q->sealed, q->sealed_len, der))
		key = made_key_read(der, q->sealed_len - SEALED_MORE);
	secret_wipe(der, sizeof(der));
	return key;
}

static void
make_file(void *arg)
{
	struct work *w = arg;
	struct keymaker_file_answer *a = &w->answer.file;
	EVP_PKEY *key = unseal_key(&w->ask.file);
	struct buf out;

	buf_init(&out, sizeof(a->file));
	a->end = KEYMAKER_UNSEALED;
	if (key != NULL && write_file(&w->ask.file, key, &out)) {
		a->end = KEYMAKER_DONE;
		a->file_len = (uint32_t)out.used;
		memcpy(a->file, out.at, out.used);
	}
	buf_free(&out);
	EVP_PKEY_free(key);
}

/* --------------------------------------------------------------- questions */

static size_t
answer_bytes(const struct work *w)
{
	return w->answer.head.kind == KEYMAKER_KIND_KEY
		   ? sizeof(w->answer.key)
		   : KEYMAKER_FILE_ANSWER_BYTES(&w->answer.file);
}

static void
on_done(void *arg)
{
	struct work *w = arg;

	ipc_answer(w->front, &w->answer.head, answer_bytes(w));
}

static void
release(void *arg)
{
	struct work *w = arg;

	share_give(w->of->room, w->front);
	ipc_release(w->front);
	EVP_PKEY_free(w->key);
	locked_free(w);
}

static void
tell_busy(struct ipc_peer *front, const struct ipc_head *head)
{
	struct keymaker_key_answer key;
	struct keymaker_file_answer file;

	if (head->kind == KEYMAKER_KIND_KEY) {
		memset(&key, 0, sizeof(key));
		key.head = *head;
		key.end = KEYMAKER_BUSY;
		ipc_answer(front, &key.head, sizeof(key));
	} else {
		memset(&file, 0, sizeof(file));
		file.head = *head;
		file.end = KEYMAKER_BUSY;
		ipc_answer(
		    front, &file.head, KEYMAKER_FILE_ANSWER_BYTES(&file));
	}
}

static bool
begin(struct keymaker *k, struct ipc_peer *front, const struct ipc_head *head,
    size_t bytes)
{
	struct work *w = locked_new(sizeof(*w));

	if (w == NULL)
		return false;
	w->of = k;
	w->front = front;
	memcpy(&w->ask, head, bytes);
	w->answer.head.kind = head->kind;
	w->answer.head.id = head->id;
	if (head->kind == KEYMAKER_KIND_KEY)
		w->key = take_ahead(k, w->ask.key.key);
	if (pool_run(k->pool, k->mailbox, &w->job,
		head->kind == KEYMAKER_KIND_KEY ? make_key : make_file, on_done,
		release, w) != NULL)
		return true;
	EVP_PKEY_free(w->key);
	locked_free(w);
	return false;
}

static bool
take(void *arg, struct ipc_peer *front, const struct ipc_head *head,
    size_t bytes)
{
	struct keymaker *k = arg;

	if (!keymaker_question_good(head, bytes))
		return false;
	ipc_hold(front);
	if (!share_take(k->room, front)) {
		tell_busy(front, head);
		ipc_release(front);
		return true;
	}
	if (!begin(k, front, head, bytes)) {
		share_give(k->room, front);
		tell_busy(front, head);
		ipc_release(front);
		return true;
	}
	refill(k);
	return true;
}

/* ---------------------------------------------------------- start and end */

static int
fail(const char *reason)
{
	log_say(LOG_LINE_ERROR, "keymaker-not-started", reason);
	return 1;
}

/* What is in work is not waited for: who asks tries again (F-19). */
static void
on_term(evutil_socket_t number, short what, void *arg)
{
	struct keymaker *k = arg;

	(void)number;
	(void)what;
	event_base_loopbreak(k->base);
}

/* What the pages of the portal ask for. */
static enum keys_people
kind_of(const struct config *config)
{
	const char *name = config->portal.profile;
	const struct profile *profile =
	    config_profile(config, name, name != NULL ? strlen(name) : 0);

	return keys_for_people(&profile->keys);
}

static void
end(struct keymaker *k)
{
	pool_free(k->pool);
	pool_mailbox_free(k->mailbox);
	while (k->count > 0)
		EVP_PKEY_free(k->ahead[--k->count]);
	EVP_PKEY_free(k->made);
	ipc_server_close(k->fronts);
	share_free(k->room);
	if (k->term != NULL)
		event_free(k->term);
	event_base_free(k->base);
}

int
keymaker_run(const struct config *config, const struct stage_given *given)
{
	struct keymaker k = { .kind = kind_of(config) };

	secure_heap_open(HANDSHAKES);
	k.base = loop_new();
	k.room = share_new(KEYMAKER_OPEN_MAX);
	k.pool = pool_new(KEYMAKER_THREADS, KEYMAKER_OPEN_MAX + 1);
	k.mailbox = pool_mailbox_new(k.base);
	if (k.room == NULL || k.pool == NULL || k.mailbox == NULL)
		return fail("the system gives no memory or no threads");
	k.fronts = ipc_server_open(&(struct ipc_server_options){
	    .base = k.base,
	    .listener = given->listener,
	    .name = "front",
	    .peer = given->asker,
	    .version = KEYMAKER_ASK_VERSION,
	    .question_size = sizeof(struct keymaker_file_question),
	    .take = take,
	    .arg = &k,
	});
	k.term = loop_signal(k.base, SIGTERM, on_term, &k);
	if (k.fronts == NULL)
		return fail("no events: out of memory or descriptors");
	log_say(LOG_LINE_INFO, "started", "the keymaker takes questions");
	given->tell(STAGE_STARTED);
	given->tell(STAGE_SERVING);
	refill(&k);
	event_base_dispatch(k.base);
	end(&k);
	return 0;
}
