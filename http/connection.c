/*
 * libevhtp's three bufferevent callbacks are replaced by ours. It gets to see
 * one whole, plain request at a time (feed) and hears when its answer has
 * gone out (wrote); of everything else on the connection it knows nothing.
 * evhtp_request_pause() is never called: it would switch reading off, and a
 * client that goes away would not be noticed.
 */
#include "http/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include <openssl/err.h>

#include "base/clock.h"
#include "base/held.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "http/arrival.h"
#include "http/reader.h"
#include "http/visitor.h"
#include "http/writer.h"

/*
 * How long we go on reading after our side is closed. Closing with bytes
 * unread makes the kernel reset the connection, and the client loses the
 * answer (EST-025; libest sends CR LF behind every body).
 */
enum {
	LINGER_S = 2
};

static struct bufferevent *
bev_of(const struct connection *l)
{
	return l->conn->bev;
}

static struct connection *
connection_of(const evhtp_request_t *r)
{
	return r->conn->hooks->on_connection_fini_arg;
}

static void
hold(struct connection *l)
{
	l->held++;
}

static void
let_go(struct connection *l)
{
	if (--l->held == 0 && l->conn == NULL)
		free(l);
}

void
connection_set_timer(struct connection *l, unsigned seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	event_add(l->timer, &tv);
}

/* Who waits for the application does not wait for the client. */
void
connection_enter(struct connection *l, enum connection_phase phase)
{
	l->phase = phase;
	visitor_waits(&l->visitor,
	    phase != CONNECTION_FEEDING && phase != CONNECTION_WORK,
	    phase == CONNECTION_HEAD || phase == CONNECTION_BODY ||
		phase == CONNECTION_REPLY);
}

void
connection_close(struct connection *l)
{
	evhtp_connection_free(l->conn);
	/* What SSL_shutdown() left must not meet the next one's calls. */
	ERR_clear_error();
}

/* ------------------------------------------------------------- the end */

/* Our side is done: close_notify, FIN, and read what still comes. */
static void
linger(struct connection *l)
{
	if (l->half_open) {
		connection_close(l);
		return;
	}
	connection_enter(l, CONNECTION_LINGER);
	if (l->conn->ssl != NULL) {
		SSL_shutdown(l->conn->ssl);
		/* libevhtp will call it again: once is enough. */
		SSL_set_quiet_shutdown(l->conn->ssl, 1);
		ERR_clear_error();
	}
	shutdown(l->conn->sock, SHUT_WR);
	connection_set_timer(l, LINGER_S);
	bufferevent_enable(bev_of(l), EV_READ);
}

/* There is not even memory for an answer. */
static void
end_soon(struct connection *l)
{
	connection_set_timer(l, 0);
}

static void
send_out(struct connection *l, struct evbuffer *out)
{
	if (out == NULL) {
		end_soon(l);
		return;
	}
	connection_set_timer(l, l->gate->limits.write_s);
	bufferevent_write_buffer(bev_of(l), out);
	evbuffer_free(out);
}

static void
log_refusal(const struct connection *l, int status, const char *why)
{
	struct log_line line;
	char address[ADDRESS_TEXT_SIZE];
	bool known =
	    address_text(&l->visitor.address, address, sizeof(address));

	log_begin(&line, LOG_LINE_INFO, "refused");
	log_text(&line, "ip", known ? address : NULL);
	log_number(&line, "status", status);
	log_text(&line, "reason", why);
	log_end(&line);
}

/* The gate's own answer, and the end of the connection. */
static void
refuse(struct connection *l, int status, const char *why)
{
	struct evbuffer *out = writer_refusal(
	    status, why, clock_now(), reader_is_head(&l->reader));

	log_refusal(l, status, why);
	l->gate->counts.refused++;
	reader_next(&l->reader);
	evbuffer_drain(l->in, evbuffer_get_length(l->in));
	connection_enter(l, CONNECTION_REFUSAL);
	send_out(l, out);
}

static void
refuse_for_memory(struct connection *l)
{
	turnaways_add(&l->gate->turnaways, TURNAWAY_MEMORY);
	refuse(l, 503, "There is no memory at the moment; try again later.");
}

/*
 * Is there memory for what this one wants? Who has held some longest while we
 * wait for its client, in the network that has most of them, gives way, and
 * hears 503 if it still listens. False: that would be this one.
 */
static bool
find_memory(struct connection *l)
{
	struct gate_server *gate = l->gate;

	while (held_bytes() > gate->limits.memory_max) {
		struct waiting_one *one = waiting_first(gate->visitors.holding);
		struct connection *other = one == NULL ? l : one->owner;

		if (other == l)
			return false;
		if (other->phase == CONNECTION_HEAD ||
		    other->phase == CONNECTION_BODY) {
			refuse_for_memory(other);
			continue;
		}
		turnaways_add(&gate->turnaways, TURNAWAY_MEMORY);
		connection_close(other);
	}
	return true;
}

/* -------------------------------------------------------- one request in */

/*
 * Give libevhtp the request and nothing else, in one piece: its parser spoils
 * a target that arrives in two. Its input buffer is frozen at the end, so the
 * bytes go in front.
 */
static void
feed(struct connection *l)
{
	struct evbuffer *plain = evbuffer_new();
	struct evbuffer_iovec v;

	if (plain == NULL ||
	    evbuffer_reserve_space(
		plain, (ev_ssize_t)reader_plain_room(&l->reader), &v, 1) != 1) {
		if (plain != NULL)
			evbuffer_free(plain);
		refuse_for_memory(l);
		return;
	}
	v.iov_len = reader_plain(&l->reader, v.iov_base);
	evbuffer_commit_space(plain, &v, 1);
	evbuffer_prepend_buffer(bufferevent_get_input(bev_of(l)), plain);
	evbuffer_free(plain);
	l->close = l->reader.head->wants_close;
	connection_enter(l, CONNECTION_FEEDING);
	event_del(l->timer);
	l->feed(bev_of(l), l->conn);
	if (l->conn == NULL)
		return;
	if (l->no_memory)
		refuse_for_memory(l);
	else if (l->phase == CONNECTION_FEEDING)
		refuse(l, 400, "The request is malformed.");
	else
		reader_next(&l->reader);
}

/*
 * The body is on its way into the request: the reader has it already. libevhtp
 * copies form bodies to its stack if it finds them in the request's buffer.
 */
static evhtp_res
on_body(evhtp_request_t *r, struct evbuffer *data, void *arg)
{
	(void)r;
	(void)arg;
	evbuffer_drain(data, evbuffer_get_length(data));
	return EVHTP_RES_OK;
}

/* libevhtp has a space for the value of an empty field. */
static void
mend_empty_values(evhtp_headers_t *headers)
{
	evhtp_header_t *h;

	for (h = headers->tqh_first; h != NULL; h = h->next.tqe_next)
		if (h->vlen == 1 && h->val[0] == ' ') {
			h->val[0] = '\0';
			h->vlen = 0;
		}
}

void
connection_request(evhtp_request_t *r)
{
	struct connection *l = connection_of(r);
	struct gate_server *gate = l->gate;

	assert(l->phase == CONNECTION_FEEDING && l->request == NULL);
	assert(r->uri->query == NULL && r->uri->query_raw == NULL);
	/* libevhtp frees it with the request. */
	if (!reader_query(&l->reader, (char **)&r->uri->query_raw) ||
	    evbuffer_add(
		r->buffer_in, l->reader.body.at, l->reader.body.used) != 0) {
		l->no_memory = true;
		return;
	}
	mend_empty_values(r->headers_in);
	connection_enter(l, CONNECTION_WORK);
	l->request = r;
	gate->n_in_work++;
	gate->counts.requests++;
	gate->calls.request(r, gate->calls.arg);
}

static void
begin_head(struct connection *l)
{
	connection_enter(l, CONNECTION_HEAD);
	/* For the first request it runs from accept: the handshake counts. */
	if (l->answered)
		connection_set_timer(l, l->gate->limits.head_s);
}

static void
begin_body(struct connection *l)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	connection_enter(l, CONNECTION_BODY);
	connection_set_timer(l, l->gate->limits.body_s);
	if (reader_wants_continue(&l->reader))
		bufferevent_write(bev_of(l), go_on, sizeof(go_on) - 1);
}

/* What has come, piece by piece, up to the end of a request. */
static enum reader_rc
read_on(struct connection *l)
{
	size_t len = 0, used = 0;
	enum reader_rc rc;

	do {
		len = evbuffer_get_contiguous_space(l->in);
		rc = reader_read(&l->reader,
		    (const char *)evbuffer_pullup(l->in, (ev_ssize_t)len), len,
		    &used);
		evbuffer_drain(l->in, used);
	} while (rc != READER_WHOLE && rc != READER_REFUSED && used > 0);
	return rc;
}

/* Make the most of what has been read; to be called under hold(). */
static void
run(struct connection *l)
{
	switch (read_on(l)) {
	case READER_IDLE:
		break;
	case READER_HEAD:
		if (l->phase == CONNECTION_IDLE)
			begin_head(l);
		break;
	case READER_BODY:
		if (l->phase != CONNECTION_BODY)
			begin_body(l);
		break;
	case READER_WHOLE:
		feed(l);
		break;
	case READER_REFUSED:
		refuse(l, l->reader.status, l->reader.why);
		break;
	}
}

/* -------------------------------------------------------- one answer out */

void
connection_reply(evhtp_request_t *r, const struct gate_reply *reply)
{
	struct connection *l = connection_of(r);

	assert(l->phase == CONNECTION_WORK && l->request == r);
	l->request = NULL;
	l->gate->n_in_work--;
	l->close = l->close || reply->close || l->gate->draining;
	l->answered = true;
	connection_enter(l, CONNECTION_REPLY);
	evhtp_request_enable_flag(r, EVHTP_REQ_FLAG_FINISHED);
	/* If not kept, linger() ends the connection; libevhtp is not asked. */
	evhtp_request_enable_flag(r, EVHTP_REQ_FLAG_KEEPALIVE);
	send_out(l, writer_reply(reply, clock_now(),
			r->method == htp_method_HEAD, l->close));
}

static void
next_request(struct connection *l)
{
	/* Frees the request and makes libevhtp's parser ready again. */
	l->wrote(bev_of(l), l->conn);
	if (l->conn == NULL)
		return;
	assert(l->conn->request == NULL);
	connection_enter(l, CONNECTION_IDLE);
	connection_set_timer(l, l->gate->limits.idle_s);
	bufferevent_enable(bev_of(l), EV_READ);
	run(l);
}

/* ------------------------------------------------- what libevent tells us */

/*
 * Bytes are copied: each TLS record comes in a piece of memory of its own, and
 * a body of one-byte records would keep kilobytes for each.
 */
static bool
take_in(struct connection *l, struct evbuffer *input)
{
	size_t len;

	while ((len = evbuffer_get_contiguous_space(input)) > 0) {
		if (evbuffer_add(l->in, evbuffer_pullup(input, (ev_ssize_t)len),
			len) != 0)
			return false;
		evbuffer_drain(input, len);
	}
	return true;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	struct connection *l = arg;
	bool enough;

	if (l->phase == CONNECTION_REFUSAL || l->phase == CONNECTION_LINGER) {
		evbuffer_drain(input, evbuffer_get_length(input));
		return;
	}
	enough = take_in(l, input) && find_memory(l);
	if (l->phase < CONNECTION_FEEDING) {
		hold(l);
		if (enough)
			run(l);
		else
			refuse_for_memory(l);
		let_go(l);
	} else if (!enough ||
		   evbuffer_get_length(l->in) > l->gate->limits.pending_max) {
		bufferevent_disable(bev, EV_READ);
	}
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct connection *l = arg;

	/* 100 Continue may have gone out with an answer behind it. */
	if (evbuffer_get_length(bufferevent_get_output(bev)) > 0)
		return;
	hold(l);
	if (l->phase == CONNECTION_REFUSAL ||
	    (l->phase == CONNECTION_REPLY && (l->close || l->half_open)))
		linger(l);
	else if (l->phase == CONNECTION_REPLY)
		next_request(l);
	let_go(l);
}

static void
on_event(struct bufferevent *bev, short events, void *arg)
{
	struct connection *l = arg;

	if (events & BEV_EVENT_CONNECTED)
		return;
	/* It asked, closed its side, and waits: the answer is on its way. */
	if ((events & BEV_EVENT_EOF) &&
	    (l->phase == CONNECTION_REPLY || l->phase == CONNECTION_REFUSAL) &&
	    !l->half_open) {
		l->half_open = true;
		bufferevent_enable(bev, EV_WRITE);
		return;
	}
	connection_close(l);
}

void
connection_on_timer(evutil_socket_t fd, short events, void *arg)
{
	struct connection *l = arg;

	(void)fd;
	(void)events;
	if (l->phase == CONNECTION_HEAD || l->phase == CONNECTION_BODY)
		refuse(l, 408, "The request took too long.");
	else
		connection_close(l);
}

/* libevhtp is about to free the connection, and the request with it. */
static evhtp_res
on_fini(evhtp_connection_t *conn, void *arg)
{
	struct connection *l = arg;
	struct gate_server *gate = l->gate;

	(void)conn;
	if (l->request != NULL) {
		gate->n_in_work--;
		gate->counts.gone++;
		gate->calls.gone(l->request, gate->calls.arg);
	}
	reader_clear(&l->reader);
	evbuffer_free(l->in);
	event_free(l->timer);
	arrival_free(l->arrival);
	visitor_leave(&l->visitor);
	TAILQ_REMOVE(&gate->connections, l, all);
	l->conn = NULL;
	if (l->held == 0)
		free(l);
	gate->n_connections--;
	gate_connection_ended(gate);
	return EVHTP_RES_OK;
}

/* --------------------------------------------------------- for the others */

void
connection_hear(struct connection *l)
{
	bufferevent_setcb(bev_of(l), on_read, on_write, on_event, l);
}

void
connection_join(struct connection *l)
{
	bufferevent_event_cb event;
	void *own;

	bufferevent_getcb(bev_of(l), &l->feed, &l->wrote, &event, &own);
	assert(own == l->conn);
	connection_hear(l);
	evhtp_connection_set_hook(
	    l->conn, evhtp_hook_on_connection_fini, (evhtp_hook)on_fini, l);
	evhtp_connection_set_hook(
	    l->conn, evhtp_hook_on_read, (evhtp_hook)on_body, l);
	TAILQ_INSERT_TAIL(&l->gate->connections, l, all);
	l->gate->n_connections++;
}

bool
connection_peer(const evhtp_request_t *r, char *text, size_t size)
{
	return address_text(&connection_of(r)->visitor.address, text, size);
}

void
connection_give_way(struct waiting_one *idle)
{
	connection_close(idle->owner);
}

struct connection *
connection_next(const struct connection *l)
{
	return TAILQ_NEXT(l, all);
}

/*
 * A connection that was not used yet is not idle: its request may be under
 * way, and the client would not know whether it was done.
 */
void
connection_drain(struct connection *l)
{
	if (l->phase == CONNECTION_IDLE && l->answered)
		connection_close(l);
	else
		l->close = true;
}
