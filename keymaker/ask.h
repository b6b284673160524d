/*
 * ask - what a front asks the keymaker and what it hears: a key with its
 * certification request, and later, of that key, a file. Between the two the
 * key is nowhere but in the session, sealed by a secret that the browser alone
 * keeps: the keymaker has nothing of it, and needs nothing.
 *
 * One question, one answer, each one message (base/ipc_client.h).
 */
#ifndef KEYMAKER_ASK_H
#define KEYMAKER_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ipc_client.h"
#include "base/must.h"
#include "base/sealed.h"
#include "pki/made_key.h"

#define KEYMAKER_ASK_VERSION 1 /* of what crosses */
/* A key may have to be made first, behind others. */
#define KEYMAKER_LIMIT_MS 8000

#define KEYMAKER_NAME_SIZE 64	     /* of who it is for, with a NUL */
#define KEYMAKER_PASSPHRASE_SIZE 129 /* ASCII, with a NUL */
#define KEYMAKER_REQUEST_MAX 2048    /* PKCS#10 of RSA-4096, and more */
#define KEYMAKER_SEALED_MAX (2560 + SEALED_MORE) /* the same, of PKCS#8 */
#define KEYMAKER_CERTIFICATES_MAX 17000 /* one, and the longest chain */
#define KEYMAKER_FILE_MAX 24576

enum keymaker_kind {
	KEYMAKER_KIND_KEY,
	KEYMAKER_KIND_FILE,
};

enum keymaker_end {
	KEYMAKER_DONE,
	KEYMAKER_UNSEALED, /* not this session's, or of another certificate */
	KEYMAKER_BUSY,	   /* too many at once */
	KEYMAKER_DOWN,	   /* nobody there, too late, no memory */
};

struct keymaker_key_question {
	struct ipc_head head;
	struct secret_key seal;
	enum keys_people key;
	char name[KEYMAKER_NAME_SIZE]; /* in the request */
};

struct keymaker_key_answer {
	struct ipc_head head;
	enum keymaker_end end;
	uint16_t request_len, sealed_len; /* KEYMAKER_DONE */
	unsigned char request[KEYMAKER_REQUEST_MAX];
	unsigned char sealed[KEYMAKER_SEALED_MAX];
};

struct keymaker_file_question {
	struct ipc_head head;
	struct secret_key seal;
	enum made_key_form form;
	char name[KEYMAKER_NAME_SIZE]; /* that a picker shows */
	char passphrase[KEYMAKER_PASSPHRASE_SIZE];
	uint16_t sealed_len, certificates_len;
	unsigned char sealed[KEYMAKER_SEALED_MAX];
	unsigned char certificates[KEYMAKER_CERTIFICATES_MAX];
};

struct keymaker_file_answer {
	struct ipc_head head;
	enum keymaker_end end;
	uint32_t file_len; /* KEYMAKER_DONE */
	unsigned char file[KEYMAKER_FILE_MAX];
};

#define KEYMAKER_FILE_QUESTION_BYTES(q)                                        \
	(offsetof(struct keymaker_file_question, certificates) +               \
	    (q)->certificates_len)
#define KEYMAKER_FILE_ANSWER_BYTES(a)                                          \
	(offsetof(struct keymaker_file_answer, file) + (a)->file_len)

/* What the keymaker believes of a front's: sizes, ranges, texts that end. */
MUST_CHECK bool keymaker_question_good(const struct ipc_head *, size_t bytes);
/* And what a front believes of the keymaker's. */
MUST_CHECK bool keymaker_answer_good(const struct ipc_head *, size_t bytes);

/* The front's end; close it with ipc_client_close(). NULL: the path is too
 * long. */
struct ipc_client *keymaker_connect(
    struct event_base *, const char *socket_path);

/* `answer` hears a struct keymaker_key_answer, or NULL: KEYMAKER_DOWN. */
struct call *keymaker_ask_key(struct ipc_client *,
    struct keymaker_key_question *, ipc_answer_fn *answer, void *arg);
/* `answer` hears a struct keymaker_file_answer, or NULL. */
struct call *keymaker_ask_file(struct ipc_client *,
    struct keymaker_file_question *, ipc_answer_fn *answer, void *arg);

#endif
