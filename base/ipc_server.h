/*
 * ipc_server - answers other processes of the service, on a Unix socket that
 * the parent has bound (base/ipc_client.h is the other end).
 *
 * Owns:   its connections. Who uses it holds a peer that it answers later
 *         (ipc_hold), or heeds `gone`.
 * Waits:  never. An answer that does not fit the socket goes out when it does;
 *         until then its peer is not heard.
 * Fails:  a peer of another user, of another version, or that sends what
 *         `take` does not want is disconnected, with a line in the log.
 */
#ifndef BASE_IPC_SERVER_H
#define BASE_IPC_SERVER_H

#include <sys/types.h>

#include "base/ipc_client.h"

struct ipc_server;
struct ipc_peer; /* one connection */

struct ipc_server_options {
	struct event_base *base;
	int listener;	  /* SOCK_SEQPACKET, listening; stays the caller's */
	const char *name; /* of who asks, in the log */
	uid_t peer;	  /* whose process alone may connect */
	uint16_t version;
	size_t question_size; /* of the longest */
	/*
	 * A message: true if it was taken, to be answered at once or later.
	 * False: no process of this version sends that, the peer is
	 * disconnected.
	 */
	bool (*take)(void *arg, struct ipc_peer *, const struct ipc_head *,
	    size_t bytes);
	/* It has gone, and is not to be answered unless it is held. May be
	 * NULL. */
	void (*gone)(void *arg, struct ipc_peer *);
	void *arg;
};

/* NULL when out of memory or descriptors. */
struct ipc_server *ipc_server_open(const struct ipc_server_options *);
/* Takes no more connections; the others go on. */
void ipc_server_refuse(struct ipc_server *);
/* Nobody holds a peer any more, and `gone` is not called. NULL is fine. */
void ipc_server_close(struct ipc_server *);

/* Remembers the peer when it has gone, too, until it is released. */
void ipc_hold(struct ipc_peer *);
void ipc_release(struct ipc_peer *);
/* To a peer that is held or has not gone; the head's version is filled in. */
void ipc_answer(struct ipc_peer *, struct ipc_head *answer, size_t bytes);

#endif
