#include "base/ipc_server.h"

#include "base/locked.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/xalloc.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEERS_MAX 256
#define READS_AT_ONCE 64

struct ipc_server {
	struct ipc_server_options options;
	struct event *accept;
	LIST_HEAD(, ipc_peer) peers;
	size_t count;
	struct ipc_head *heard; /* room for the longest question */
};

/* An answer that did not fit the socket yet. */
struct late {
	STAILQ_ENTRY(late) link;
	size_t bytes;
	unsigned char message[];
};

struct ipc_peer {
	LIST_ENTRY(ipc_peer) link;
	struct ipc_server *server;
	int fd; /* -1: it has gone, questions of it are in work */
	size_t held;
	struct event *readable, *writable;
	STAILQ_HEAD(, late) late;
};

static void
peer_free(struct ipc_peer *p)
{
	LIST_REMOVE(p, link);
	p->server->count--;
	free(p);
}

static void
late_free(struct ipc_peer *p)
{
	struct late *l = STAILQ_FIRST(&p->late);

	STAILQ_REMOVE_HEAD(&p->late, link);
	secret_wipe(l->message, l->bytes);
	free(l);
}

static void
peer_close(struct ipc_peer *p)
{
	const struct ipc_server_options *o = &p->server->options;

	event_free(p->readable);
	event_free(p->writable);
	close(p->fd);
	p->fd = -1;
	while (!STAILQ_EMPTY(&p->late))
		late_free(p);
	ipc_hold(p); /* what `gone` gives back shall not free it under us */
	if (o->gone != NULL)
		o->gone(o->arg, p);
	ipc_release(p);
}

/* ----------------------------------------------------------------- sending */

static bool
must_wait(void)
{
	return errno == EAGAIN || errno == EINTR || errno == ENOBUFS;
}

/* False: the peer has gone; or has to go, for it would wait in vain for this
 * one, which there is no memory to keep. */
static bool
peer_send(struct ipc_peer *p, const void *message, size_t bytes)
{
	struct late *l;

	if (STAILQ_EMPTY(&p->late)) {
		if (send(p->fd, message, bytes, MSG_NOSIGNAL) == (ssize_t)bytes)
			return true;
		if (!must_wait())
			return false;
	}
	l = malloc(sizeof(*l) + bytes);
	if (l == NULL)
		return false;
	l->bytes = bytes;
	memcpy(l->message, message, bytes);
	STAILQ_INSERT_TAIL(&p->late, l, link);
	event_add(p->writable, NULL);
	/* Who does not read its answers asks nothing more (T8). */
	event_del(p->readable);
	return true;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct ipc_peer *p = arg;
	struct late *l;

	(void)what;
	while ((l = STAILQ_FIRST(&p->late)) != NULL) {
		if (send(fd, l->message, l->bytes, MSG_NOSIGNAL) !=
		    (ssize_t)l->bytes) {
			if (must_wait())
				event_add(p->writable, NULL);
			else
				peer_close(p);
			return;
		}
		late_free(p);
	}
	event_add(p->readable, NULL);
}

/* --------------------------------------------------------------- receiving */

static void
tell_refused(const struct ipc_server *s, const char *reason)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "peer-refused");
	log_text(&l, "peer", s->options.name);
	log_text(&l, "reason", reason);
	log_end(&l);
}

static bool
say_alive(struct ipc_peer *p)
{
	ipc_answer(p, p->server->heard, sizeof(struct ipc_head));
	return true;
}

/* False: it has been told why the peer has to go. */
static bool
take(struct ipc_peer *p, size_t bytes)
{
	const struct ipc_server *s = p->server;
	const struct ipc_server_options *o = &s->options;

	if (bytes < sizeof(struct ipc_head) || bytes > o->question_size)
		tell_refused(s, "a message of a size that none has");
	else if (s->heard->version != o->version)
		tell_refused(s, "it is of another version of this program");
	else if (s->heard->kind == IPC_ALIVE &&
		 bytes == sizeof(struct ipc_head))
		return say_alive(p);
	else if (!o->take(o->arg, p, s->heard, bytes))
		tell_refused(s, "it says what none of this version says");
	else
		return true;
	return false;
}

/* MSG_TRUNC says how long it was, not how much of it there is. */
static size_t
kept(const struct ipc_server *s, size_t bytes)
{
	size_t room = s->options.question_size;

	return bytes < room ? bytes : room;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct ipc_peer *p = arg;
	struct ipc_server *s = p->server;
	int left = READS_AT_ONCE;
	ssize_t n;

	(void)fd;
	(void)what;
	ipc_hold(p); /* an answer at once may find that it has gone */
	while (p->fd >= 0 && STAILQ_EMPTY(&p->late) && left-- > 0) {
		n = recv(p->fd, s->heard, s->options.question_size, MSG_TRUNC);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if ((n <= 0 || !take(p, (size_t)n)) && p->fd >= 0)
			peer_close(p);
		if (n > 0)
			secret_wipe(s->heard, kept(s, (size_t)n));
	}
	ipc_release(p);
}

/* -------------------------------------------------------------- connecting */

/* The socket's mode keeps others out; so does this (threat model, T8, T14). */
static bool
peer_allowed(const struct ipc_server *s, int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       who.uid == s->options.peer;
}

/* NULL: no memory. */
static struct ipc_peer *
peer_new(struct ipc_server *s, int fd)
{
	struct ipc_peer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->server = s;
	p->fd = fd;
	STAILQ_INIT(&p->late);
	if (loop_socket(s->options.base, fd, on_readable, on_writable, p,
		&p->readable, &p->writable))
		return p;
	free(p);
	return NULL;
}

static bool
peer_open(struct ipc_server *s, int fd)
{
	struct ipc_peer *p;

	if (!peer_allowed(s, fd)) {
		tell_refused(s, "it is another user's");
		return false;
	}
	if (s->count >= PEERS_MAX) {
		tell_refused(s, "there are too many");
		return false;
	}
	p = peer_new(s, fd);
	if (p == NULL) {
		tell_refused(s, "there is no memory for it");
		return false;
	}
	LIST_INSERT_HEAD(&s->peers, p, link);
	s->count++;
	return true;
}

static void
on_accept(evutil_socket_t listener, short what, void *arg)
{
	int fd;

	(void)what;
	while ((fd = accept4(
		    listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (!peer_open(arg, fd))
			close(fd);
	}
}

/* ---------------------------------------------------------------- public */

struct ipc_server *
ipc_server_open(const struct ipc_server_options *o)
{
	struct ipc_server *s = xcalloc(1, sizeof(*s));

	s->options = *o;
	s->heard = xalloc_made(locked_new(o->question_size));
	LIST_INIT(&s->peers);
	evutil_make_socket_nonblocking(o->listener);
	s->accept = loop_watch(
	    o->base, o->listener, EV_READ | EV_PERSIST, on_accept, s);
	return s;
}

void
ipc_server_refuse(struct ipc_server *s)
{
	event_del(s->accept);
}

/* A last try for answers that did not fit before. */
static void
flush(struct ipc_peer *p)
{
	struct late *l;

	while ((l = STAILQ_FIRST(&p->late)) != NULL) {
		if (send(p->fd, l->message, l->bytes, MSG_NOSIGNAL) < 0)
			return;
		late_free(p);
	}
}

void
ipc_server_close(struct ipc_server *s)
{
	struct ipc_peer *p;

	if (s == NULL)
		return;
	s->options.gone = NULL;
	while ((p = LIST_FIRST(&s->peers)) != NULL) {
		p->held = 0; /* nobody answers any more */
		if (p->fd < 0) {
			peer_free(p);
			continue;
		}
		flush(p);
		peer_close(p);
	}
	event_free(s->accept);
	locked_free(s->heard);
	free(s);
}

void
ipc_hold(struct ipc_peer *p)
{
	p->held++;
}

void
ipc_release(struct ipc_peer *p)
{
	if (--p->held == 0 && p->fd < 0)
		peer_free(p);
}

void
ipc_answer(struct ipc_peer *p, struct ipc_head *answer, size_t bytes)
{
	answer->version = p->server->options.version;
	if (p->fd >= 0 && !peer_send(p, answer, bytes))
		peer_close(p);
}
