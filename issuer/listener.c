/*
 * Fronts are remembered until their last question has its answer, also those
 * that have gone.
 */
#include "issuer/listener.h"

#include "base/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENER_MAX 256
#define READS_AT_ONCE 64

struct listener {
	struct event_base *base;
	struct batch *batch;
	struct event *accept;
	LIST_HEAD(, asker) list;
	size_t count;
};

/* An answer that did not fit the socket yet. */
struct late {
	STAILQ_ENTRY(late) link;
	size_t len;
	unsigned char bytes[];
};

/* The connection of one front thread. */
struct asker {
	LIST_ENTRY(asker) link;
	struct listener *all;
	int fd; /* -1: the front has gone, questions of it are open */
	size_t open;
	struct event *readable, *writable;
	STAILQ_HEAD(, late) late;
};

static void
asker_free(struct asker *a)
{
	LIST_REMOVE(a, link);
	a->all->count--;
	free(a);
}

/* What it asked is finished all the same (F-05), and then dropped. */
static void
asker_close(struct asker *a)
{
	struct late *l;

	event_free(a->readable);
	event_free(a->writable);
	close(a->fd);
	a->fd = -1;
	while ((l = STAILQ_FIRST(&a->late)) != NULL) {
		STAILQ_REMOVE_HEAD(&a->late, link);
		free(l);
	}
	if (a->open == 0)
		asker_free(a);
}

/* False: the front has gone. */
static bool
asker_send(struct asker *a, const void *bytes, size_t len)
{
	struct late *l;

	if (STAILQ_EMPTY(&a->late)) {
		if (send(a->fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len)
			return true;
		if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			return false;
	}
	l = malloc(sizeof(*l) + len);
	if (l == NULL)
		return false;
	l->len = len;
	memcpy(l->bytes, bytes, len);
	STAILQ_INSERT_TAIL(&a->late, l, link);
	event_add(a->writable, NULL);
	return true;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct asker *a = arg;
	struct late *l;

	(void)what;
	while ((l = STAILQ_FIRST(&a->late)) != NULL) {
		if (send(fd, l->bytes, l->len, MSG_NOSIGNAL) !=
		    (ssize_t)l->len) {
			if (errno == EAGAIN || errno == EINTR)
				event_add(a->writable, NULL);
			else
				asker_close(a);
			return;
		}
		STAILQ_REMOVE_HEAD(&a->late, link);
		free(l);
	}
}

/* False: the front has gone. */
static bool
take_ask(struct asker *a, const struct issuer_question *ask)
{
	struct issuer_answer answer;

	if (batch_add(a->all->batch, ask, a)) {
		a->open++;
		return true;
	}
	memset(&answer, 0, sizeof(answer));
	answer.id = ask->id;
	answer.end = ISSUER_DOWN;
	return asker_send(a, &answer, ISSUER_ANSWER_BYTES(&answer));
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct asker *a = arg;
	struct issuer_question ask;

	(void)what;
	for (int i = 0; i < READS_AT_ONCE; i++) {
		ssize_t n = recv(fd, &ask, sizeof(ask), MSG_TRUNC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n > 0 && !issuer_question_good(&ask, (size_t)n))
			log_say(LOG_LINE_ERROR, "front-refused",
			    "it asks what no front of this version asks");
		if (n <= 0 || !issuer_question_good(&ask, (size_t)n) ||
		    !take_ask(a, &ask)) {
			asker_close(a);
			return;
		}
	}
}

/* The socket's folder keeps others out; so does this (threat model, T14). */
static bool
peer_allowed(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == geteuid() || who.uid == 0);
}

static bool
asker_open(struct listener *all, int fd)
{
	struct asker *a;

	if (!peer_allowed(fd)) {
		log_say(LOG_LINE_ERROR, "front-refused", "another user's");
		return false;
	}
	if (all->count >= LISTENER_MAX) {
		log_say(LOG_LINE_WARN, "front-refused", "too many");
		return false;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return false;
	a->all = all;
	a->fd = fd;
	STAILQ_INIT(&a->late);
	a->readable =
	    event_new(all->base, fd, EV_READ | EV_PERSIST, on_readable, a);
	a->writable = event_new(all->base, fd, EV_WRITE, on_writable, a);
	if (a->readable == NULL || a->writable == NULL ||
	    event_add(a->readable, NULL) != 0) {
		if (a->readable != NULL)
			event_free(a->readable);
		if (a->writable != NULL)
			event_free(a->writable);
		free(a);
		return false;
	}
	LIST_INSERT_HEAD(&all->list, a, link);
	all->count++;
	return true;
}

static void
on_accept(evutil_socket_t listener, short what, void *arg)
{
	int fd;

	(void)what;
	while ((fd = accept4(
		    listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (!asker_open(arg, fd))
			close(fd);
	}
}

/* ---------------------------------------------------------------- public */

struct listener *
listener_open(struct event_base *base, int listener, struct batch *batch)
{
	struct listener *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->base = base;
	all->batch = batch;
	LIST_INIT(&all->list);
	evutil_make_socket_nonblocking(listener);
	all->accept =
	    event_new(base, listener, EV_READ | EV_PERSIST, on_accept, all);
	if (all->accept == NULL || event_add(all->accept, NULL) != 0) {
		listener_close(all);
		return NULL;
	}
	return all;
}

void
listener_answer(void *asker, const struct issuer_answer *answer)
{
	struct asker *a = asker;

	a->open--;
	if (a->fd < 0) {
		if (a->open == 0)
			asker_free(a);
	} else if (!asker_send(a, answer, ISSUER_ANSWER_BYTES(answer))) {
		asker_close(a);
	}
}

void
listener_refuse(struct listener *all)
{
	event_del(all->accept);
}

void
listener_close(struct listener *all)
{
	struct asker *a;

	if (all == NULL)
		return;
	while ((a = LIST_FIRST(&all->list)) != NULL) {
		a->open = 0; /* the batch answers no more */
		if (a->fd < 0) {
			asker_free(a);
			continue;
		}
		/* A last try for answers that did not fit before. */
		while (!STAILQ_EMPTY(&a->late)) {
			struct late *l = STAILQ_FIRST(&a->late);

			if (send(a->fd, l->bytes, l->len, MSG_NOSIGNAL) < 0)
				break;
			STAILQ_REMOVE_HEAD(&a->late, link);
			free(l);
		}
		asker_close(a);
	}
	if (all->accept != NULL)
		event_free(all->accept);
	free(all);
}
