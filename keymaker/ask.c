#include "keymaker/ask.h"

#include "base/believe.h"

static bool
key_question_good(const struct keymaker_key_question *q, size_t bytes)
{
	return bytes == sizeof(*q) && (unsigned)q->key < KEYS_PEOPLE &&
	       believe_text(q->name, sizeof(q->name));
}

static bool
file_question_good(const struct keymaker_file_question *q, size_t bytes)
{
	return bytes >= offsetof(struct keymaker_file_question, certificates) &&
	       (unsigned)q->form < MADE_KEY_FORMS &&
	       believe_text(q->name, sizeof(q->name)) &&
	       believe_text(q->passphrase, sizeof(q->passphrase)) &&
	       q->passphrase[0] != '\0' && q->sealed_len > SEALED_MORE &&
	       q->sealed_len <= sizeof(q->sealed) &&
	       q->certificates_len <= sizeof(q->certificates) &&
	       bytes == KEYMAKER_FILE_QUESTION_BYTES(q);
}

bool
keymaker_question_good(const struct ipc_head *head, size_t bytes)
{
	switch (head->kind) {
	case KEYMAKER_KIND_KEY:
		return key_question_good(
		    (const struct keymaker_key_question *)head, bytes);
	case KEYMAKER_KIND_FILE:
		return file_question_good(
		    (const struct keymaker_file_question *)head, bytes);
	default:
		return false;
	}
}

static bool
key_answer_good(const struct keymaker_key_answer *a, size_t bytes)
{
	return bytes == sizeof(*a) && (unsigned)a->end <= KEYMAKER_DOWN &&
	       a->request_len <= sizeof(a->request) &&
	       a->sealed_len <= sizeof(a->sealed) &&
	       (a->end != KEYMAKER_DONE ||
		   (a->request_len > 0 && a->sealed_len > SEALED_MORE));
}

static bool
file_answer_good(const struct keymaker_file_answer *a, size_t bytes)
{
	return bytes >= offsetof(struct keymaker_file_answer, file) &&
	       (unsigned)a->end <= KEYMAKER_DOWN &&
	       a->file_len <= sizeof(a->file) &&
	       bytes == KEYMAKER_FILE_ANSWER_BYTES(a) &&
	       (a->end != KEYMAKER_DONE || a->file_len > 0);
}

bool
keymaker_answer_good(const struct ipc_head *head, size_t bytes)
{
	switch (head->kind) {
	case KEYMAKER_KIND_KEY:
		return key_answer_good(
		    (const struct keymaker_key_answer *)head, bytes);
	case KEYMAKER_KIND_FILE:
		return file_answer_good(
		    (const struct keymaker_file_answer *)head, bytes);
	default:
		return false;
	}
}

struct ipc_client *
keymaker_connect(struct event_base *base, const char *socket_path)
{
	return ipc_client_open(&(struct ipc_client_options){
	    .base = base,
	    .path = socket_path,
	    .name = "keymaker",
	    .version = KEYMAKER_ASK_VERSION,
	    .answer_size = sizeof(struct keymaker_file_answer),
	    .answer_good = keymaker_answer_good,
	});
}

struct call *
keymaker_ask_key(struct ipc_client *keymaker, struct keymaker_key_question *q,
    ipc_answer_fn *answer, void *arg)
{
	q->head.kind = KEYMAKER_KIND_KEY;
	return ipc_ask(
	    keymaker, &q->head, sizeof(*q), KEYMAKER_LIMIT_MS, answer, arg);
}

struct call *
keymaker_ask_file(struct ipc_client *keymaker, struct keymaker_file_question *q,
    ipc_answer_fn *answer, void *arg)
{
	q->head.kind = KEYMAKER_KIND_FILE;
	return ipc_ask(keymaker, &q->head, KEYMAKER_FILE_QUESTION_BYTES(q),
	    KEYMAKER_LIMIT_MS, answer, arg);
}
