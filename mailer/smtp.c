/*
 * libcurl tells which sockets and which time it wants to be called for;
 * libevent calls. Handles are never added or removed while libcurl is calling
 * us: after every action what has ended is collected first and told
 * afterwards.
 *
 * libcurl says QUIT when it closes a connection, and waits for the answer in
 * the middle of everything, for as long as an answer may take. So we keep all
 * its sockets, and close the reading side of one when it has said that.
 */
#include "mailer/smtp.h"

#include "base/loop.h"
#include "base/xalloc.h"
#include "mailer/helo.h"
#include "mailer/smtp_verdict.h"

#include <assert.h>
#include <curl/curl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS 5000L
#define ANSWER_S 20L
#define TOTAL_MS 30000L
#define REUSE_S 30L
/*
 * libcurl's least. Its own 64 KiB, and twice as much beside them for dots at
 * line ends, would be touched for each mail: what is freed is wiped.
 */
#define UPLOAD_SIZE 16384L
#define ANSWER_SIZE 4096L
/* A relay's host and port, and the longest name, each byte of it as %XX. */
#define SMTP_URL_SIZE (512 + 3 * HELO_SIZE)

struct smtp {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
	char *url, *ca, *user, *password;
	bool starttls;
	LIST_HEAD(, smtp_transfer) transfers; /* all that are under way */
	LIST_HEAD(, connection) open;	      /* all sockets to the relay */
};

struct connection {
	LIST_ENTRY(connection) link;
	curl_socket_t fd;
};

struct smtp_transfer {
	struct smtp *smtp;
	LIST_ENTRY(smtp_transfer) link;
	CURL *easy;
	curl_socket_t fd; /* that libcurl wants to hear of last */
	struct curl_slist *to;
	char *bytes;
	size_t len, sent;
	struct smtp_talk talk;
	smtp_done_fn *done;
	void *arg;
};

/* ----------------------------------------------------------- connections */

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct smtp *s = arg;
	struct connection *c = xmalloc(sizeof(*c));

	(void)purpose;
	c->fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (c->fd < 0) {
		free(c);
		return CURL_SOCKET_BAD;
	}
	LIST_INSERT_HEAD(&s->open, c, link);
	return c->fd;
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct smtp *s = arg;
	struct connection *c;

	LIST_FOREACH (c, &s->open, link) {
		if (c->fd == fd) {
			LIST_REMOVE(c, link);
			free(c);
			break;
		}
	}
	return close(fd);
}

/* Whatever the relay says now, nobody waits for it. -1: of all of them. */
static void
stop_listening(struct smtp *s, curl_socket_t fd)
{
	struct connection *c;

	LIST_FOREACH (c, &s->open, link)
		if (fd < 0 || c->fd == fd)
			shutdown(c->fd, SHUT_RD);
}

/* ------------------------------------------------------------- transfers */

static void
transfer_free(struct smtp_transfer *t)
{
	LIST_REMOVE(t, link);
	curl_multi_remove_handle(t->smtp->multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->to);
	explicit_bzero(t->bytes, t->len);
	free(t->bytes);
	free(t);
}

static void
finish(struct smtp_transfer *t, CURLcode result)
{
	smtp_done_fn *done = t->done;
	struct smtp_talk talk = t->talk;
	enum smtp_end end = smtp_verdict(&talk, result);
	void *arg = t->arg;

	if (talk.answer[0] == '\0' || end == SMTP_DOWN || end == SMTP_TROUBLE ||
	    (end == SMTP_LATER && talk.code < 400))
		smtp_talk_reason(&talk, result);
	transfer_free(t);
	done(arg, end, talk.code, talk.answer);
}

/* One at a time: what is told of may start or cancel others. */
static void
harvest(struct smtp *s)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(s->multi, &left)) != NULL) {
		struct smtp_transfer *t = NULL;
		CURLcode result = m->data.result;

		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		finish(t, result);
	}
}

/* ------------------------------------------------------- libcurl's wishes */

static void
act(struct smtp *s, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(s->multi, fd, what, &running);
	harvest(s);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	act(arg, fd,
	    (what & EV_READ ? CURL_CSELECT_IN : 0) |
		(what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* The event of a socket lives from libcurl's first wish to its last. */
static int
wish_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *mine)
{
	struct smtp *s = arg;
	struct event *event = mine;
	short events = EV_PERSIST;

	struct smtp_transfer *t = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
	if (t != NULL)
		t->fd = what == CURL_POLL_REMOVE ? CURL_SOCKET_BAD : fd;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what != CURL_POLL_REMOVE) {
		if (what & CURL_POLL_IN)
			events |= EV_READ;
		if (what & CURL_POLL_OUT)
			events |= EV_WRITE;
		event = loop_watch(s->base, fd, events, on_ready, s);
	}
	curl_multi_assign(s->multi, fd, event);
	return 0;
}

static int
wish_timer(CURLM *multi, long ms, void *arg)
{
	struct smtp *s = arg;
	struct timeval wait = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)multi;
	if (ms < 0)
		evtimer_del(s->timer);
	else
		evtimer_add(s->timer, &wait);
	return 0;
}

/* ---------------------------------------------------------- conversation */

static size_t
on_read(char *out, size_t size, size_t count, void *arg)
{
	struct smtp_transfer *t = arg;
	size_t room = size * count, left = t->len - t->sent;
	size_t n = left < room ? left : room;

	memcpy(out, t->bytes + t->sent, n);
	t->sent += n;
	return n;
}

/* What the relay answers to nobody in particular; it must not go to stdout. */
static size_t
on_write(char *bytes, size_t size, size_t count, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * count;
}

static int
on_talk(CURL *easy, curl_infotype type, char *text, size_t len, void *arg)
{
	struct smtp_transfer *t = arg;
	bool bye = false;

	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		bye = smtp_talk_said(&t->talk, text, len);
	else if (type == CURLINFO_HEADER_IN)
		smtp_talk_heard(&t->talk, text, len);
	if (bye && t->fd >= 0)
		stop_listening(t->smtp, t->fd);
	return 0;
}

static CURLcode
set_relay(const struct smtp *s, CURL *e)
{
	CURLcode rc = curl_easy_setopt(e, CURLOPT_URL, s->url);

	if (rc == CURLE_OK)
		rc = curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(e, CURLOPT_USE_SSL,
		    (long)(s->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	if (rc == CURLE_OK && s->ca != NULL)
		rc = curl_easy_setopt(e, CURLOPT_CAINFO, s->ca);
	/* Not beside them: the relay is to be who that file says. */
	if (rc == CURLE_OK && s->ca != NULL)
		rc = curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	if (rc == CURLE_OK && s->user != NULL)
		rc = curl_easy_setopt(e, CURLOPT_USERNAME, s->user);
	if (rc == CURLE_OK && s->password != NULL)
		rc = curl_easy_setopt(e, CURLOPT_PASSWORD, s->password);
	return rc;
}

static void
set_limits(CURL *e)
{
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, ANSWER_S);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, TOTAL_MS);
	/* Relays close idle connections; not while we send, please. */
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, REUSE_S);
	curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_SIZE);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, ANSWER_SIZE);
	/* The environment is not where a relay is configured. */
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
}

static void
set_message(struct smtp_transfer *t, const struct smtp_mail *mail)
{
	CURL *e = t->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_MAIL_FROM, mail->from);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT, t->to);
	curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->len);
	curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(e, CURLOPT_READDATA, t);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t->smtp);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, t->smtp);
	curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, on_talk);
	curl_easy_setopt(e, CURLOPT_DEBUGDATA, t);
}

struct smtp_transfer *
smtp_send(
    struct smtp *s, const struct smtp_mail *mail, smtp_done_fn *done, void *arg)
{
	struct smtp_transfer *t = xcalloc(1, sizeof(*t));

	t->bytes = xmalloc(mail->len + 1);
	t->easy = xalloc_made(curl_easy_init());
	t->to = xalloc_made(curl_slist_append(NULL, mail->to));
	memcpy(t->bytes, mail->bytes, mail->len);
	t->len = mail->len;
	t->smtp = s;
	t->fd = CURL_SOCKET_BAD;
	t->done = done;
	t->arg = arg;
	LIST_INSERT_HEAD(&s->transfers, t, link);
	if (set_relay(s, t->easy) != CURLE_OK) /* smtp_open() has tried it */
		abort();
	set_limits(t->easy);
	set_message(t, mail);
	if (curl_multi_add_handle(s->multi, t->easy) != CURLM_OK)
		xalloc_failed();
	return t;
}

void
smtp_cancel(struct smtp_transfer *t)
{
	if (t->fd >= 0)
		stop_listening(t->smtp, t->fd);
	transfer_free(t);
}

/* ------------------------------------------------------------------ life */

/* To libcurl the path of the URL is what it greets with. */
static char *
relay_url(const struct smtp_options *o)
{
	char own[HELO_SIZE], url[SMTP_URL_SIZE];
	char *helo;

	if (o->helo == NULL)
		helo_own(own);
	helo = xalloc_made(
	    curl_easy_escape(NULL, o->helo != NULL ? o->helo : own, 0));
	snprintf(url, sizeof(url), "%s/%s", o->relay, helo);
	curl_free(helo);
	return xstrdup(url);
}

/* Whether libcurl takes the options, before a mail depends on it. */
static bool
try_options(const struct smtp *s, struct fault *why)
{
	CURL *e = curl_easy_init();
	CURLcode rc = e == NULL ? CURLE_OUT_OF_MEMORY : set_relay(s, e);

	if (strncmp(s->url, "smtp://", 7) != 0 &&
	    strncmp(s->url, "smtps://", 8) != 0)
		rc = CURLE_URL_MALFORMAT;
	curl_easy_cleanup(e);
	if (rc != CURLE_OK)
		fault_set(
		    why, "the relay %s: %s", s->url, curl_easy_strerror(rc));
	return rc == CURLE_OK;
}

static void
set_multi(struct smtp *s, unsigned connections)
{
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, wish_socket);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, wish_timer);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	curl_multi_setopt(
	    s->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)connections);
	curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS, (long)connections);
}

struct smtp *
smtp_open(
    struct event_base *base, const struct smtp_options *o, struct fault *why)
{
	struct smtp *s;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		fault_set(why, "libcurl does not start");
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->multi = xalloc_made(curl_multi_init());
	s->base = base;
	s->timer = xalloc_made(evtimer_new(base, on_timer, s));
	s->url = relay_url(o);
	s->ca = xstrdup(o->ca);
	s->user = xstrdup(o->user);
	s->password = xstrdup(o->password);
	s->starttls = o->starttls;
	set_multi(s, o->connections);
	if (try_options(s, why))
		return s;
	smtp_close(s);
	return NULL;
}

void
smtp_close(struct smtp *s)
{
	if (s == NULL)
		return;
	stop_listening(s, CURL_SOCKET_BAD);
	while (!LIST_EMPTY(&s->transfers))
		transfer_free(LIST_FIRST(&s->transfers));
	curl_multi_cleanup(s->multi);
	event_free(s->timer);
	free(s->url);
	free(s->ca);
	free(s->user);
	if (s->password != NULL)
		explicit_bzero(s->password, strlen(s->password));
	free(s->password);
	free(s);
	curl_global_cleanup();
}
