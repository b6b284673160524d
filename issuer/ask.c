/*
 * The front's end of the socket to the issuer. One message is one question or
 * one answer; the kernel keeps their borders.
 */
#include "issuer/ask.h"

#include "base/log.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/xalloc.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READS_AT_ONCE 64

struct pending {
	struct call call; /* first: the asker's pointer */
	TAILQ_ENTRY(pending) link;
	struct issuer_link *issue;
	struct loop_timer *timer; /* of its limit; or of its end at once */
	issuer_answer_fn *answer;
	void *arg;
	bool sent;
	struct issuer_question ask;
};

struct issuer_link {
	struct event_base *base;
	struct sockaddr_un address;
	int fd; /* -1: not connected */
	unsigned tries;
	uint64_t last_id;
	struct event *readable, *writable;
	struct loop_timer *reconnect;
	TAILQ_HEAD(pendings, pending) open; /* oldest first */
	void (*when_up)(void *arg);
	void *when_up_arg;
};

static void connect_soon(struct issuer_link *);

/* --------------------------------------------------------------- answers */

/* Takes it out and answers, unless nobody listens any more. */
static void
end(struct pending *q, const struct issuer_answer *answer)
{
	TAILQ_REMOVE(&q->issue->open, q, link);
	loop_cancel(q->timer);
	if (!q->call.forgotten)
		q->answer(q->arg, answer);
	secret_wipe(&q->ask, sizeof(q->ask));
	free(q);
}

static void
end_down(struct pending *q)
{
	struct issuer_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.id = q->ask.id;
	answer.end = ISSUER_DOWN;
	end(q, &answer);
}

static void
on_limit(void *arg)
{
	struct pending *q = arg;

	q->timer = NULL;
	end_down(q);
}

/*
 * An answer may ask anew or forget others, so that the list is walked from
 * its head each time.
 */
static void
end_all(struct issuer_link *i)
{
	struct pending *q, *last = TAILQ_LAST(&i->open, pendings);
	bool more = last != NULL;

	while (more && (q = TAILQ_FIRST(&i->open)) != NULL) {
		more = q != last;
		end_down(q);
	}
}

/* ------------------------------------------------------------ connection */

/* EOF, an error or nonsense: all that was asked is open, 503 (F-19). */
static void
disconnect(struct issuer_link *i)
{
	if (i->fd < 0)
		return;
	event_free(i->readable);
	event_free(i->writable);
	close(i->fd);
	i->fd = -1;
	connect_soon(i);
	end_all(i);
}

/* False: the connection is lost. */
static bool
send_ask(struct issuer_link *i, struct pending *q)
{
	size_t len = ISSUER_ASK_BYTES(&q->ask);

	if (send(i->fd, &q->ask, len, MSG_NOSIGNAL) == (ssize_t)len) {
		q->sent = true;
		return true;
	}
	if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
		return false;
	event_add(i->writable, NULL);
	return true;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct issuer_link *i = arg;
	struct pending *q;

	(void)fd;
	(void)what;
	TAILQ_FOREACH(q, &i->open, link)
	{
		if (q->sent)
			continue;
		if (!send_ask(i, q)) {
			disconnect(i);
			return;
		}
		if (!q->sent)
			return;
	}
}

static bool
answer_good(const struct issuer_answer *a, ssize_t n)
{
	return n >= (ssize_t)offsetof(struct issuer_answer, der) &&
	       n <= (ssize_t)sizeof(*a) && a->der_len <= sizeof(a->der) &&
	       (size_t)n == ISSUER_ANSWER_BYTES(a);
}

/* Late ones, whose question has ended, find nobody and are dropped. */
static void
hear(struct issuer_link *i, const struct issuer_answer *answer)
{
	struct pending *q;

	TAILQ_FOREACH(q, &i->open, link)
	{
		if (q->ask.id == answer->id) {
			end(q, answer);
			return;
		}
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct issuer_link *i = arg;
	struct issuer_answer answer;

	(void)what;
	for (int n = 0; n < READS_AT_ONCE; n++) {
		ssize_t got = recv(fd, &answer, sizeof(answer), MSG_TRUNC);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (!answer_good(&answer, got)) {
			disconnect(i);
			return;
		}
		i->tries = 0;
		hear(i, &answer);
	}
}

static bool
set_events(struct issuer_link *i)
{
	i->readable =
	    event_new(i->base, i->fd, EV_READ | EV_PERSIST, on_readable, i);
	i->writable = event_new(i->base, i->fd, EV_WRITE, on_writable, i);
	if (i->readable != NULL && i->writable != NULL &&
	    event_add(i->readable, NULL) == 0)
		return true;
	if (i->readable != NULL)
		event_free(i->readable);
	if (i->writable != NULL)
		event_free(i->writable);
	return false;
}

/* A Unix socket connects at once or not at all. */
static void
try_connect(void *arg)
{
	struct issuer_link *i = arg;

	i->reconnect = NULL;
	i->fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (i->fd >= 0 &&
	    connect(i->fd, (const struct sockaddr *)&i->address,
		sizeof(i->address)) == 0 &&
	    set_events(i)) {
		if (i->when_up != NULL)
			i->when_up(i->when_up_arg);
		return;
	}
	if (i->fd >= 0)
		close(i->fd);
	i->fd = -1;
	connect_soon(i);
}

static void
connect_soon(struct issuer_link *i)
{
	int64_t wait_ms = loop_backoff_ms(i->tries++);

	i->reconnect = loop_after(i->base, wait_ms, try_connect, i);
}

/* ----------------------------------------------------------------- public */

struct issuer_link *
issuer_open(struct event_base *base, const char *socket_path)
{
	struct issuer_link *i;

	if (strlen(socket_path) >= sizeof(i->address.sun_path)) {
		log_say(
		    LOG_LINE_ERROR, "issuer-socket", "its path is too long");
		return NULL;
	}
	i = calloc(1, sizeof(*i));
	if (i == NULL)
		return NULL;
	i->base = base;
	i->fd = -1;
	i->address.sun_family = AF_UNIX;
	memcpy(i->address.sun_path, socket_path, strlen(socket_path) + 1);
	TAILQ_INIT(&i->open);
	try_connect(i);
	return i;
}

void
issuer_close(struct issuer_link *i)
{
	if (i == NULL)
		return;
	disconnect(i);
	while (!TAILQ_EMPTY(&i->open))
		end_down(TAILQ_FIRST(&i->open));
	loop_cancel(i->reconnect);
	free(i);
}

void
issuer_when_up(struct issuer_link *i, void (*up)(void *arg), void *arg)
{
	i->when_up = up;
	i->when_up_arg = arg;
}

bool
issuer_up(const struct issuer_link *i)
{
	return i->fd >= 0;
}

struct call *
issuer_ask(struct issuer_link *i, const struct issuer_question *ask,
    int64_t limit_ms, issuer_answer_fn *answer, void *arg)
{
	struct pending *q = xcalloc(1, sizeof(*q));

	q->issue = i;
	q->answer = answer;
	q->arg = arg;
	q->ask = *ask;
	q->ask.id = ++i->last_id;
	TAILQ_INSERT_TAIL(&i->open, q, link);
	/* Answers come later, also the bad one that is known now. */
	if (i->fd < 0 || !send_ask(i, q))
		limit_ms = 0;
	q->timer = loop_after(i->base, limit_ms, on_limit, q);
	return &q->call;
}
