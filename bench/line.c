#include "bench/line.h"
#include "bench/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum state {
	STATE_CLOSED,
	STATE_CONNECTING,
	STATE_SHAKING, /* TLS handshake */
	STATE_IDLE,
	STATE_SENDING,
	STATE_RECEIVING
};

struct line {
	struct event_base *base;
	const struct peer *peer;
	line_cb *cb;
	void *arg;
	enum state state;
	struct identity *who;
	int fd;
	SSL *ssl;
	struct event *io;
	short watched;	       /* what io waits for, 0: nothing */
	struct event *timer;   /* the deadline, or news to be told */
	enum line_news doomed; /* to be told by timer, LINE_READY: none */
	const char *out;       /* the request */
	size_t out_len;	       /* of out */
	size_t sent;	       /* of out */
	bool used;	       /* an answer came over this connection */
	struct answer answer;
	char why[160];
};

static void on_io(evutil_socket_t fd, short what, void *arg);
static void on_timer(evutil_socket_t fd, short what, void *arg);

struct line *
line_new(
    struct event_base *base, const struct peer *peer, line_cb *cb, void *arg)
{
	struct line *l = calloc(1, sizeof(*l));

	if (l == NULL)
		abort();
	l->base = base;
	l->peer = peer;
	l->cb = cb;
	l->arg = arg;
	l->fd = -1;
	l->io = event_new(base, -1, 0, on_io, l);
	l->timer = evtimer_new(base, on_timer, l);
	if (l->io == NULL || l->timer == NULL)
		abort();
	return l;
}

void
line_free(struct line *l)
{
	if (l == NULL)
		return;
	line_close(l);
	event_free(l->io);
	event_free(l->timer);
	answer_free(&l->answer);
	free(l);
}

static void
watch(struct line *l, short what)
{
	if (l->watched == what)
		return;
	event_del(l->io);
	event_assign(l->io, l->base, l->fd, what | EV_PERSIST, on_io, l);
	if (event_add(l->io, NULL) != 0)
		abort();
	l->watched = what;
}

void
line_close(struct line *l)
{
	event_del(l->io);
	event_del(l->timer);
	l->watched = 0;
	l->doomed = LINE_READY;
	if (l->ssl != NULL && l->state >= STATE_IDLE)
		SSL_shutdown(l->ssl);
	SSL_free(l->ssl);
	l->ssl = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->state = STATE_CLOSED;
}

/* Closes and tells. The line may be open again when this returns. */
static void
fail(struct line *l, enum line_news news, const char *why)
{
	snprintf(l->why, sizeof(l->why), "%s", why);
	if (news != LINE_LATE)
		l->state = STATE_CLOSED; /* no goodbye over a broken line */
	line_close(l);
	l->cb(l->arg, news);
}

/* The same from a function the caller has not returned from. */
static void
fail_later(struct line *l, enum line_news news, const char *why)
{
	snprintf(l->why, sizeof(l->why), "%s", why);
	event_del(l->io);
	event_del(l->timer);
	l->watched = 0;
	l->doomed = news;
	event_active(l->timer, EV_TIMEOUT, 1);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct line *l = arg;
	char why[sizeof(l->why)];

	(void)fd;
	(void)what;
	if (l->doomed == LINE_READY) {
		fail(l, LINE_LATE, "no answer before the deadline");
		return;
	}
	memcpy(why, l->why, sizeof(why));
	fail(l, l->doomed, why);
}

void
line_deadline(struct line *l, double seconds)
{
	struct timeval tv = { .tv_sec = (time_t)seconds };

	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	if (seconds > 0)
		evtimer_add(l->timer, &tv);
	else
		event_del(l->timer);
}

void
line_open(struct line *l, struct identity *who)
{
	const struct sockaddr *to = (const struct sockaddr *)&l->peer->address;
	int one = 1;

	l->who = who;
	l->used = false;
	l->state = STATE_CONNECTING;
	l->fd = socket(
	    to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0) {
		fail_later(l, LINE_NO_CONNECT, strerror(errno));
		return;
	}
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(l->fd, to, l->peer->address_len) == 0 ||
	    errno == EINPROGRESS)
		watch(l, EV_WRITE);
	else
		fail_later(l, LINE_NO_CONNECT, strerror(errno));
}

/* True if it is a matter of waiting. */
static bool
waits(struct line *l, enum stream_rc rc)
{
	if (rc == STREAM_WANT_READ)
		watch(l, EV_READ);
	else if (rc == STREAM_WANT_WRITE)
		watch(l, EV_WRITE);
	return rc == STREAM_WANT_READ || rc == STREAM_WANT_WRITE;
}

static void
shake(struct line *l)
{
	const char *why = NULL;
	enum stream_rc rc = stream_shake(l->ssl, &why);

	if (waits(l, rc))
		return;
	if (rc != STREAM_OK) {
		fail(l, LINE_NO_TLS, why);
		return;
	}
	l->state = STATE_IDLE;
	watch(l, EV_READ);
	l->cb(l->arg, LINE_READY);
}

static void
finish_connect(struct line *l)
{
	socklen_t len = sizeof(int);
	int e = 0;

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &e, &len) != 0)
		e = errno;
	if (e != 0) {
		fail(l, LINE_NO_CONNECT, strerror(e));
		return;
	}
	l->ssl = peer_tls(l->peer, l->fd, l->who);
	if (l->ssl == NULL) {
		fail(l, LINE_NO_TLS, "certificate or key are of no use");
		return;
	}
	l->state = STATE_SHAKING;
	shake(l);
}

/*
 * Returns false with the reason in *why if TLS broke. A server that hangs up
 * while we talk may have said why (an alert, 413): then reading will tell.
 */
static bool
send_on(struct line *l, const char **why)
{
	while (l->sent < l->out_len) {
		size_t n = 0;
		enum stream_rc rc = stream_write(
		    l->ssl, l->out + l->sent, l->out_len - l->sent, &n, why);

		if (waits(l, rc))
			return true;
		if (rc == STREAM_TLS)
			return false;
		if (rc == STREAM_ENDED)
			break;
		l->sent += n;
	}
	l->state = STATE_RECEIVING;
	watch(l, EV_READ);
	return true;
}

void
line_ask(struct line *l, const char *bytes, size_t len)
{
	const char *why = NULL;

	l->out = bytes;
	l->out_len = len;
	l->sent = 0;
	l->state = STATE_SENDING;
	answer_reset(&l->answer);
	if (!send_on(l, &why))
		fail_later(l, LINE_NO_TLS, why);
}

static void
answered(struct line *l)
{
	event_del(l->timer);
	l->used = true;
	l->state = STATE_IDLE;
	l->cb(l->arg, LINE_ANSWERED);
}

/* The connection ended, which some answers do not mind. */
static void
broke(struct line *l, enum stream_rc rc, const char *why)
{
	if (rc == STREAM_TLS)
		fail(l, LINE_NO_TLS, why);
	else if (answer_end(&l->answer) == ANSWER_DONE)
		answered(l);
	else
		fail(l, LINE_LOST, why);
}

static void
receive(struct line *l)
{
	enum answer_rc state = ANSWER_MORE;

	while (state == ANSWER_MORE) {
		const char *why = NULL;
		size_t room, n = 0;
		char *to = answer_room(&l->answer, &room);
		enum stream_rc rc;

		if (to == NULL) {
			fail(l, LINE_GARBLED, "the answer is too long");
			return;
		}
		rc = stream_read(l->ssl, to, room, &n, &why);
		if (waits(l, rc))
			return;
		if (rc != STREAM_OK) {
			broke(l, rc, why);
			return;
		}
		state = answer_feed(&l->answer, n);
	}
	if (state == ANSWER_BAD)
		fail(l, LINE_GARBLED, "the answer is not HTTP/1.1");
	else
		answered(l);
}

/* Session tickets and the end of the connection arrive while idle. */
static void
listen_idle(struct line *l)
{
	const char *why = NULL;
	char scrap[64];
	size_t n;
	enum stream_rc rc = stream_read(l->ssl, scrap, sizeof(scrap), &n, &why);

	if (rc == STREAM_OK)
		fail(l, LINE_LOST, "the server spoke without being asked");
	else if (!waits(l, rc))
		fail(l, rc == STREAM_TLS ? LINE_NO_TLS : LINE_LOST, why);
}

static void
on_io(evutil_socket_t fd, short what, void *arg)
{
	struct line *l = arg;
	const char *why = NULL;

	(void)fd;
	(void)what;
	switch (l->state) {
	case STATE_CLOSED:
		break;
	case STATE_CONNECTING:
		finish_connect(l);
		break;
	case STATE_SHAKING:
		shake(l);
		break;
	case STATE_IDLE:
		listen_idle(l);
		break;
	case STATE_SENDING:
		if (!send_on(l, &why))
			fail(l, LINE_NO_TLS, why);
		break;
	case STATE_RECEIVING:
		receive(l);
		break;
	}
}

bool
line_is_open(const struct line *l)
{
	return l->state >= STATE_IDLE && l->doomed == LINE_READY;
}

bool
line_was_used(const struct line *l)
{
	return l->used;
}

bool
line_is_silent(const struct line *l)
{
	return l->answer.len == 0;
}

const SSL *
line_tls(const struct line *l)
{
	return l->ssl;
}

const struct answer *
line_answer(const struct line *l)
{
	return &l->answer;
}

const char *
line_why(const struct line *l)
{
	return l->why;
}
