#include "bench/line.h"

#include <openssl/err.h>

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
	ERR_clear_error();
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

static const char *
tls_reason(const struct line *l)
{
	long verified =
	    l->ssl != NULL ? SSL_get_verify_result(l->ssl) : X509_V_OK;
	unsigned long e = ERR_peek_error();
	const char *why = NULL;

	if (l->peer->verify && verified != X509_V_OK)
		return X509_verify_cert_error_string(verified);
	if (e != 0)
		why = ERR_reason_error_string(e);
	return why != NULL ? why : "the server closed the connection";
}

static void
shake(struct line *l)
{
	int rc;

	ERR_clear_error();
	rc = SSL_connect(l->ssl);
	if (rc == 1) {
		l->state = STATE_IDLE;
		watch(l, EV_READ);
		l->cb(l->arg, LINE_READY);
		return;
	}
	switch (SSL_get_error(l->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		watch(l, EV_READ);
		break;
	case SSL_ERROR_WANT_WRITE:
		watch(l, EV_WRITE);
		break;
	default:
		fail(l, LINE_NO_TLS, tls_reason(l));
	}
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
	ERR_clear_error();
	l->ssl = peer_tls(l->peer, l->fd, l->who);
	if (l->ssl == NULL) {
		fail(l, LINE_NO_TLS, tls_reason(l));
		return;
	}
	l->state = STATE_SHAKING;
	shake(l);
}

/*
 * SSL_read and SSL_write ended with `rc`. Returns true if it is a matter of
 * waiting; otherwise *news and *why say what happened.
 */
static bool
is_wait(struct line *l, int rc, enum line_news *news, const char **why)
{
	switch (SSL_get_error(l->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		watch(l, EV_READ);
		return true;
	case SSL_ERROR_WANT_WRITE:
		watch(l, EV_WRITE);
		return true;
	case SSL_ERROR_ZERO_RETURN:
		*news = LINE_LOST;
		*why = "the server closed the connection";
		return false;
	case SSL_ERROR_SYSCALL:
		*news = LINE_LOST;
		*why = errno != 0 ? strerror(errno) : "connection ended";
		return false;
	default:
		*news = LINE_NO_TLS;
		*why = tls_reason(l);
		return false;
	}
}

/*
 * Returns false with the failure in *news and *why. A server that hangs up
 * while we talk may have said why (an alert, 413): then reading will tell.
 */
static bool
send_on(struct line *l, enum line_news *news, const char **why)
{
	while (l->sent < l->out_len) {
		int rc;

		ERR_clear_error();
		errno = 0;
		rc = SSL_write(
		    l->ssl, l->out + l->sent, (int)(l->out_len - l->sent));
		if (rc <= 0 && is_wait(l, rc, news, why))
			return true;
		if (rc <= 0 && *news == LINE_LOST)
			break;
		if (rc <= 0)
			return false;
		l->sent += (size_t)rc;
	}
	l->state = STATE_RECEIVING;
	watch(l, EV_READ);
	return true;
}

void
line_ask(struct line *l, const char *bytes, size_t len)
{
	enum line_news news;
	const char *why;

	l->out = bytes;
	l->out_len = len;
	l->sent = 0;
	l->state = STATE_SENDING;
	answer_reset(&l->answer);
	if (!send_on(l, &news, &why))
		fail_later(l, news, why);
}

static void
answered(struct line *l)
{
	event_del(l->timer);
	l->used = true;
	l->state = STATE_IDLE;
	l->cb(l->arg, LINE_ANSWERED);
}

static void
receive(struct line *l)
{
	enum answer_rc state = ANSWER_MORE;
	enum line_news news;
	const char *why;
	int rc;

	do {
		size_t room;
		char *to = answer_room(&l->answer, &room);

		if (to == NULL) {
			fail(l, LINE_GARBLED, "the answer is too long");
			return;
		}
		ERR_clear_error();
		errno = 0;
		rc = SSL_read(l->ssl, to, (int)room);
		if (rc > 0)
			state = answer_feed(&l->answer, (size_t)rc);
	} while (rc > 0 && state == ANSWER_MORE);
	if (rc <= 0) {
		if (is_wait(l, rc, &news, &why))
			return;
		if (news != LINE_LOST ||
		    answer_end(&l->answer) != ANSWER_DONE) {
			fail(l, news, why);
			return;
		}
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
	enum line_news news;
	const char *why;
	char scrap[64];
	int rc;

	ERR_clear_error();
	errno = 0;
	rc = SSL_read(l->ssl, scrap, sizeof(scrap));
	if (rc > 0)
		fail(l, LINE_LOST, "the server spoke without being asked");
	else if (!is_wait(l, rc, &news, &why))
		fail(l, news, why);
}

static void
on_io(evutil_socket_t fd, short what, void *arg)
{
	struct line *l = arg;
	enum line_news news;
	const char *why;

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
		if (!send_on(l, &news, &why))
			fail(l, news, why);
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

bool
line_is_resumed(const struct line *l)
{
	return SSL_session_reused(l->ssl) == 1;
}

const char *
line_version(const struct line *l)
{
	return SSL_get_version(l->ssl);
}

const char *
line_cipher(const struct line *l)
{
	return SSL_get_cipher_name(l->ssl);
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
