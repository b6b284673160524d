/*
 * ipc_client - asks another process of the service, over its Unix socket.
 *
 * One message is one question or one answer; the kernel keeps their borders
 * (SOCK_SEQPACKET), so that there is nothing to parse and nothing to lose. A
 * message is a plain structure that begins with `struct ipc_head` and is sent
 * as far as it is filled. What crosses, and what is believed of it, is said
 * by who uses this: issuer/ask.h, auth/ask.h.
 *
 * Owns:   a copy of each question, wiped when it ends.
 * Waits:  never; it connects by itself, and again when the other end has died.
 * Fails:  an answer of NULL: nobody there, too late, gone meanwhile (F-19).
 * Repeat: what was asked may have happened all the same.
 */
#ifndef BASE_IPC_CLIENT_H
#define BASE_IPC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/call.h"

/* The kind of a message that is nothing but its head: base/ipc_server sends it
 * back at once. */
#define IPC_ALIVE 0xffff

/* How each message begins. */
struct ipc_head {
	uint16_t version; /* of what crosses; filled in when it is sent */
	uint16_t kind;	  /* of message; of a protocol's own counting */
	uint32_t unused;
	uint64_t id; /* of the question; an answer has that of its question */
};

struct event_base;
struct ipc_client;

struct ipc_client_options {
	struct event_base *base;
	const char *path;   /* of the socket */
	const char *name;   /* of the other end, in the log */
	uint16_t version;   /* an answer of another one ends the connection */
	size_t answer_size; /* of the longest */
	/* What is open is answered NULL, too, when no word has come for so
	 * long, not even that the other end is there. 0: only by its limit. */
	int64_t silence_ms;
	/* Sizes, ranges, texts that end: may this be an answer? One that is
	 * none, or of another kind than its question, ends the connection. */
	bool (*answer_good)(const struct ipc_head *, size_t bytes);
};

/* NULL, and a line in the log: the path is too long for a socket. */
struct ipc_client *ipc_client_open(const struct ipc_client_options *);
/* Open questions are answered NULL first. NULL is fine. */
void ipc_client_close(struct ipc_client *);
bool ipc_client_up(const struct ipc_client *);
/* `up(arg)` is called each time the connection has come; NULL: no more. */
void ipc_client_when_up(struct ipc_client *, void (*up)(void *arg), void *arg);

/* `answer` lives for the call; NULL: there is none. */
typedef void ipc_answer_fn(void *arg, const struct ipc_head *answer);
/*
 * Asks; `question` is `bytes` long. NULL is heard at the latest after
 * `limit_ms`, or when the other end keeps silence. Returns NULL where there is
 * no memory: then nothing is heard, though it may have been asked.
 */
struct call *ipc_ask(struct ipc_client *, const struct ipc_head *question,
    size_t bytes, int64_t limit_ms, ipc_answer_fn *answer, void *arg);
/*
 * Tells what needs no answer, behind all that was asked before. Nothing is
 * told where nobody is: the other end has seen us go. Nor where there is no
 * memory.
 */
void ipc_tell(
    struct ipc_client *, const struct ipc_head *message, size_t bytes);

#endif
