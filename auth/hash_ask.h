/*
 * hash_ask - "hash this password": what the command line asks auth, so that
 * who sets passwords need not read the pepper.
 *
 * It goes over a socket of its own, service.run/desk.sock, which belongs to
 * `service.operator` and is heard from that user alone: what a front connects
 * to (auth/ask.h) hashes for nobody (T8).
 *
 * Owns:   a copy of each question, wiped when it has its answer.
 * Waits:  never; answers come in any order, each once.
 * Fails:  enum hash_end, HASH_NOBODY where there is no answer.
 * Repeat: harmless; each hash has its own salt.
 */
#ifndef AUTH_HASH_ASK_H
#define AUTH_HASH_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ipc_client.h"
#include "base/password.h"

#define HASH_SOCKET "desk.sock" /* in service.run */
#define HASH_SECRET_SIZE 256	/* of a password with its NUL */

struct event_base;

/* A command's end. NULL: the path is too long. ipc_client_close() closes. */
struct ipc_client *hash_connect(struct event_base *, const char *socket_path);

#define HASH_VERSION 1 /* of what crosses */
#define HASH_KIND 1

enum hash_end {
	HASH_DONE,
	HASH_FULL,   /* as many wait as may: ask again, a little later */
	HASH_FAILED, /* no memory for it */
	HASH_NOBODY, /* auth does not run here, or not for this user */
	HASH_ENDS = HASH_NOBODY, /* which is never sent */
};

struct hash_question {
	struct ipc_head head;
	size_t secret_len;
	char secret[HASH_SECRET_SIZE]; /* sent as far as it is filled */
};

struct hash_answer {
	struct ipc_head head;
	enum hash_end end;
	char hash[PASSWORD_HASH_SIZE]; /* HASH_DONE */
};

/* `password` is copied, and has at most HASH_SECRET_SIZE bytes. */
struct call *hash_ask(struct ipc_client *, const char *password, size_t len,
    ipc_answer_fn *answer, void *arg);
/* What an ipc_answer_fn has heard; HASH_NOBODY where that is NULL. */
const struct hash_answer *hash_answer_of(const struct ipc_head *);

/* What auth believes of a question, and who asks of an answer. */
bool hash_question_good(const struct ipc_head *, size_t bytes);
bool hash_answer_good(const struct ipc_head *, size_t bytes);

#endif
