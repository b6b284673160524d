#include "base/ipc_client.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/xalloc.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READS_AT_ONCE 64

struct pending {
	struct call call; /* first: the asker's pointer */
	TAILQ_ENTRY(pending) link;
	struct ipc_client *client;
	struct loop_timer *timer; /* when to look at it, at the latest */
	int64_t asked_us;
	int64_t end_us;	       /* its limit; or its end at once */
	ipc_answer_fn *answer; /* NULL: nobody waits for one */
	void *arg;
	bool sent;
	size_t bytes;
	/* What is sent; aligned as any structure. */
	struct ipc_head question[];
};

struct ipc_client {
	struct ipc_client_options options;
	struct sockaddr_un address;
	int fd; /* -1: not connected */
	unsigned tries;
	uint64_t last_id;
	int64_t heard_us;  /* when the last word came */
	int64_t looked_us; /* when it was last asked whether it is there */
	struct event *readable, *writable;
	struct loop_timer *reconnect;
	TAILQ_HEAD(pendings, pending) open; /* oldest first */
	void (*when_up)(void *arg);
	void *when_up_arg;
	struct ipc_head *heard; /* room for the longest answer */
};

static void connect_soon(struct ipc_client *);

/* --------------------------------------------------------------- answers */

/* Takes it out and answers, unless nobody listens any more. */
static void
end(struct pending *q, const struct ipc_head *answer)
{
	TAILQ_REMOVE(&q->client->open, q, link);
	loop_cancel(q->timer);
	if (q->answer != NULL && !q->call.forgotten)
		q->answer(q->arg, answer);
	secret_wipe(q->question, q->bytes);
	free(q);
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What does not fit is not said: then nothing has been read for long. */
static void
ask_whether_there(struct ipc_client *c, int64_t now_us)
{
	const struct ipc_head head = { .version = c->options.version,
		.kind = IPC_ALIVE };

	(void)send(c->fd, &head, sizeof(head), MSG_NOSIGNAL);
	c->looked_us = now_us;
}

/*
 * When to give up, or to look again. Half of the silence passes before it is
 * asked whether it is there, the other half for the answer: a process that was
 * stopped itself finds that out, and nobody at the other end pays for it.
 */
static int64_t
next_look_us(struct pending *q, int64_t now_us)
{
	struct ipc_client *c = q->client;
	int64_t half_us = c->options.silence_ms * 500;
	int64_t word_us = later(q->asked_us, c->heard_us), next_us;

	if (half_us == 0 || c->fd < 0)
		return q->end_us;
	if (c->looked_us < word_us && now_us >= word_us + half_us)
		ask_whether_there(c, now_us);
	next_us = later(word_us, c->looked_us) + half_us;
	return next_us < q->end_us ? next_us : q->end_us;
}

static void
look(void *arg)
{
	struct pending *q = arg;
	int64_t now_us = clock_mono_us();
	int64_t left_us = next_look_us(q, now_us) - now_us;

	q->timer = NULL;
	if (left_us > 0)
		q->timer = loop_try(
		    q->client->options.base, (left_us + 999) / 1000, look, q);
	if (q->timer == NULL)
		end(q, NULL);
}

/*
 * An answer may ask anew or forget others, so that the list is walked from
 * its head each time.
 */
static void
end_all(struct ipc_client *c)
{
	struct pending *q, *last = TAILQ_LAST(&c->open, pendings);
	bool more = last != NULL;

	while (more && (q = TAILQ_FIRST(&c->open)) != NULL) {
		more = q != last;
		end(q, NULL);
	}
}

/* ------------------------------------------------------------ connection */

/* EOF, an error or nonsense: all that was asked ends (F-19). */
static void
disconnect(struct ipc_client *c)
{
	if (c->fd < 0)
		return;
	event_free(c->readable);
	event_free(c->writable);
	close(c->fd);
	c->fd = -1;
	connect_soon(c);
	end_all(c);
}

/*
 * False: the connection is lost. What comes while another one waits for room
 * waits behind it: an end must not pass what it ends.
 */
static bool
send_question(struct ipc_client *c, struct pending *q)
{
	const struct pending *before = TAILQ_PREV(q, pendings, link);

	if (before != NULL && !before->sent) {
		event_add(c->writable, NULL);
		return true;
	}
	if (send(c->fd, q->question, q->bytes, MSG_NOSIGNAL) ==
	    (ssize_t)q->bytes) {
		q->sent = true;
		return true;
	}
	if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
		return false;
	event_add(c->writable, NULL);
	return true;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct ipc_client *c = arg;
	struct pending *q, *next;

	(void)fd;
	(void)what;
	for (q = TAILQ_FIRST(&c->open); q != NULL; q = next) {
		next = TAILQ_NEXT(q, link);
		if (q->sent)
			continue;
		if (!send_question(c, q)) {
			disconnect(c);
			return;
		}
		if (!q->sent)
			return;
		if (q->answer == NULL)
			end(q, NULL);
	}
}

static bool
answer_good(const struct ipc_client *c, ssize_t got)
{
	if ((size_t)got < sizeof(struct ipc_head) ||
	    (size_t)got > c->options.answer_size ||
	    c->heard->version != c->options.version)
		return false;
	return c->heard->kind == IPC_ALIVE
		   ? (size_t)got == sizeof(struct ipc_head)
		   : c->options.answer_good(c->heard, (size_t)got);
}

/*
 * An answer that comes after its question has ended is dropped. False: it
 * answers what was not asked.
 */
static bool
hear(struct ipc_client *c)
{
	struct pending *q;

	TAILQ_FOREACH (q, &c->open, link) {
		if (q->question->id != c->heard->id)
			continue;
		if (q->question->kind != c->heard->kind)
			return false;
		end(q, c->heard);
		break;
	}
	return true;
}

/* Not that it has gone: that its parent tells. */
static void
refuse(struct ipc_client *c)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_ERROR, "answer-refused");
	log_text(&l, "process", c->options.name);
	log_end(&l);
	disconnect(c);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct ipc_client *c = arg;

	(void)what;
	for (int n = 0; n < READS_AT_ONCE; n++) {
		ssize_t got =
		    recv(fd, c->heard, c->options.answer_size, MSG_TRUNC);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (got <= 0) {
			disconnect(c);
			break;
		}
		c->tries = 0;
		c->heard_us = clock_mono_us();
		if (!answer_good(c, got) || !hear(c)) {
			refuse(c);
			break;
		}
		secret_wipe(c->heard, (size_t)got);
	}
}

/* A Unix socket connects at once or not at all. */
static void
try_connect(void *arg)
{
	struct ipc_client *c = arg;

	c->reconnect = NULL;
	c->fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 &&
	    connect(c->fd, (const struct sockaddr *)&c->address,
		sizeof(c->address)) == 0 &&
	    loop_socket(c->options.base, c->fd, on_readable, on_writable, c,
		&c->readable, &c->writable)) {
		if (c->when_up != NULL)
			c->when_up(c->when_up_arg);
		return;
	}
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	connect_soon(c);
}

static void
connect_soon(struct ipc_client *c)
{
	int64_t wait_ms = loop_backoff_ms(c->tries++);

	c->reconnect = loop_after(c->options.base, wait_ms, try_connect, c);
}

/* ----------------------------------------------------------------- public */

struct ipc_client *
ipc_client_open(const struct ipc_client_options *o)
{
	struct ipc_client *c;
	struct log_line l;

	if (strlen(o->path) >= sizeof(c->address.sun_path)) {
		log_begin(&l, LOG_LINE_ERROR, "socket-path-too-long");
		log_text(&l, "process", o->name);
		log_text(&l, "path", o->path);
		log_end(&l);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->options = *o;
	c->options.path = NULL; /* the caller's */
	c->heard = xcalloc(1, o->answer_size);
	c->fd = -1;
	c->address.sun_family = AF_UNIX;
	memcpy(c->address.sun_path, o->path, strlen(o->path) + 1);
	TAILQ_INIT(&c->open);
	try_connect(c);
	return c;
}

void
ipc_client_close(struct ipc_client *c)
{
	if (c == NULL)
		return;
	disconnect(c);
	while (!TAILQ_EMPTY(&c->open))
		end(TAILQ_FIRST(&c->open), NULL);
	loop_cancel(c->reconnect);
	free(c->heard);
	free(c);
}

void
ipc_client_when_up(struct ipc_client *c, void (*up)(void *arg), void *arg)
{
	c->when_up = up;
	c->when_up_arg = arg;
}

bool
ipc_client_up(const struct ipc_client *c)
{
	return c->fd >= 0;
}

static struct pending *
put(struct ipc_client *c, const struct ipc_head *question, size_t bytes)
{
	struct pending *q = calloc(1, sizeof(*q) + bytes);

	if (q == NULL)
		return NULL;
	q->client = c;
	q->bytes = bytes;
	memcpy(q->question, question, bytes);
	q->question->version = c->options.version;
	q->question->id = ++c->last_id;
	TAILQ_INSERT_TAIL(&c->open, q, link);
	return q;
}

struct call *
ipc_ask(struct ipc_client *c, const struct ipc_head *question, size_t bytes,
    int64_t limit_ms, ipc_answer_fn *answer, void *arg)
{
	struct pending *q = put(c, question, bytes);
	int64_t now_us = clock_mono_us();

	if (q == NULL)
		return NULL;
	q->answer = answer;
	q->arg = arg;
	q->asked_us = now_us;
	/* Answers come later, also the bad one that is known now. */
	if (c->fd < 0 || !send_question(c, q))
		limit_ms = 0;
	q->end_us = now_us + limit_ms * 1000;
	q->timer = loop_try(c->options.base,
	    (next_look_us(q, now_us) - now_us + 999) / 1000, look, q);
	if (q->timer != NULL)
		return &q->call;
	q->answer = NULL;
	end(q, NULL);
	return NULL;
}

void
ipc_tell(struct ipc_client *c, const struct ipc_head *message, size_t bytes)
{
	struct pending *q = put(c, message, bytes);

	if (q == NULL)
		return;
	/* The loop sees a connection that is lost. */
	if (c->fd < 0 || !send_question(c, q) || q->sent)
		end(q, NULL);
}
