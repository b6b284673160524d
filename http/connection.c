/*
 * libevhtp's three bufferevent callbacks are replaced by ours. It sees what
 * connection_request.c shows it; of everything else on the connection it
 * knows nothing.
 * evhtp_request_pause() is never called: it would switch reading off, and a
 * client that goes away would not be noticed.
 */
#include "http/connection.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include <event2/bufferevent_ssl.h>
#include <event2/bufferevent_struct.h>
#include <openssl/err.h>

#include "base/clock.h"
#include "base/held.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "http/arrival.h"
#include "http/reader.h"
#include "http/tls.h"
#include "http/visitor.h"
#include "http/writer.h"

/*
 * How long we go on reading after our side is closed. Closing with bytes
 * unread makes the kernel reset the connection, and the client loses the
 * answer (EST-025; libest sends CR LF behind every body).
 */
#define LINGER_S 2
/* Of an Accept-Language: what people prefer stands first. */
#define LANGUAGES_SIZE 128
/* About what OpenSSL holds of a connection, in and after its handshake. */
#define TLS_BYTES ((size_t)16 << 10)

static struct bufferevent *
bev_of(const struct connection *l)
{
	return l->conn->bev;
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
	    l->shaking || phase == CONNECTION_HEAD ||
		phase == CONNECTION_BODY || phase == CONNECTION_REPLY);
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

void
connection_send(struct connection *l, struct evbuffer *out)
{
	if (out == NULL) { /* there is not even memory for an answer */
		connection_set_timer(l, 0);
		return;
	}
	connection_set_timer(l, l->gate->limits.write_s);
	bufferevent_write_buffer(bev_of(l), out);
	evbuffer_free(out);
	/* There is room for it: nobody has to wait until the kernel says so. */
	event_active(&bev_of(l)->ev_write, EV_WRITE, 0);
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

static bool
is_head(const struct connection *l)
{
	return l->reader != NULL && reader_is_head(l->reader);
}

/* Sends and frees `out`, the last that this client gets. */
static void
end_with(struct connection *l, struct evbuffer *out)
{
	l->gate->counts.refused++;
	connection_drop_request(l);
	evbuffer_drain(l->in, evbuffer_get_length(l->in));
	connection_enter(l, CONNECTION_REFUSAL);
	connection_send(l, out);
}

void
connection_answer(struct connection *l, int status, const char *why)
{
	end_with(l, writer_refusal(status, why, clock_now(), is_head(l)));
}

void
connection_refuse(struct connection *l, int status, const char *why)
{
	const struct gate_calls *calls = &l->gate->calls;
	struct gate_reply reply = { .status = status };
	char languages[LANGUAGES_SIZE];
	bool said =
	    l->reader != NULL && reader_field(l->reader, "Accept-Language",
				     languages, sizeof(languages));

	log_refusal(l, status, why);
	if (calls->refused == NULL) {
		connection_answer(l, status, why);
		return;
	}
	calls->refused(&reply, said ? languages : NULL, calls->arg);
	end_with(l, writer_reply(&reply, clock_now(), is_head(l), true));
}

void
connection_refuse_for_memory(struct connection *l)
{
	turnaways_add(&l->gate->turnaways, TURNAWAY_MEMORY);
	connection_refuse(
	    l, 503, "There is no memory at the moment; try again later.");
}

static void
on_left(void *arg)
{
	struct gate_server *gate = arg;

	gate->left = NULL;
	gate->leaving = 0;
}

/* An answer that is not read; libevent would free it later, and until then
 * everybody else would have to give way for it. */
static void
forget_answer(struct connection *l)
{
	struct evbuffer *out = bufferevent_get_output(bev_of(l));

	evbuffer_unfreeze(out, 1);
	evbuffer_drain(out, evbuffer_get_length(out));
}

/*
 * libevent frees the SSL later, when nothing can call it any more; what half a
 * handshake has gathered goes at once.
 */
static void
make_way(struct connection *l)
{
	struct gate_server *gate = l->gate;

	turnaways_add(&gate->turnaways, TURNAWAY_MEMORY);
	forget_answer(l);
	if (l->conn->ssl != NULL) {
		if (l->shaking)
			SSL_clear(l->conn->ssl);
		gate->leaving += TLS_BYTES;
		if (gate->left == NULL)
			gate->left =
			    loop_after(l->conn->evbase, 0, on_left, gate);
	}
	connection_close(l);
}

/*
 * Who has held some longest while we wait for its client, in the network that
 * has most of them, gives way, and hears 503 if it still listens; then who is
 * idle.
 */
bool
connection_finds_memory(struct connection *l)
{
	struct gate_server *gate = l->gate;

	while (held_bytes() > gate->limits.memory_max + gate->leaving) {
		struct waiting_one *one = waiting_first(gate->visitors.holding);
		struct connection *other;

		if (one == NULL)
			one = waiting_first(gate->visitors.idle);
		other = one == NULL ? l : one->owner;
		if (other == l)
			return false;
		if (other->phase == CONNECTION_HEAD ||
		    other->phase == CONNECTION_BODY)
			connection_refuse_for_memory(other);
		else
			make_way(other);
	}
	return true;
}

/* ------------------------------------------------- what libevent tells us */

/*
 * Bytes are copied: each TLS record comes in a piece of memory of its own, and
 * a body of one-byte records would keep kilobytes for each. Where there is no
 * memory for that (false) they are taken as they came: what is left where
 * libevent had put it would be found by libevhtp (feed()), or by nobody.
 */
static bool
take_in(struct connection *l, struct evbuffer *input)
{
	size_t len;
	int moved;

	while ((len = evbuffer_get_contiguous_space(input)) > 0) {
		if (evbuffer_add(l->in, evbuffer_pullup(input, (ev_ssize_t)len),
			len) != 0) {
			moved = evbuffer_add_buffer(l->in, input);
			assert(moved == 0); /* it takes none */
			return false;
		}
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
	enough = take_in(l, input) && connection_finds_memory(l);
	if (l->phase < CONNECTION_FEEDING) {
		hold(l);
		if (enough)
			connection_run(l);
		else
			connection_refuse_for_memory(l);
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
		connection_next(l);
	let_go(l);
}

static void
fail_handshake(struct connection *l, const char *reason)
{
	handshakes_failed(&l->gate->handshakes, reason, &l->visitor.address);
}

static void
on_event(struct bufferevent *bev, short events, void *arg)
{
	struct connection *l = arg;

	if (events & BEV_EVENT_CONNECTED) {
		l->shaking = false;
		connection_enter(l, l->phase);
		tls_has_shaken(l->conn->ssl);
		gate_gives_back(l->gate);
		return;
	}
	/* It asked, closed its side, and waits: the answer is on its way. */
	if ((events & BEV_EVENT_EOF) &&
	    (l->phase == CONNECTION_REPLY || l->phase == CONNECTION_REFUSAL) &&
	    !l->half_open) {
		l->half_open = true;
		bufferevent_enable(bev, EV_WRITE);
		return;
	}
	if (l->shaking && tls_chain_refused(l->conn->ssl))
		fail_handshake(l, "client certificate of no kind of ours");
	else if (l->shaking)
		fail_handshake(
		    l, handshakes_reason(bufferevent_get_openssl_error(bev)));
	connection_close(l);
}

void
connection_on_timer(evutil_socket_t fd, short events, void *arg)
{
	struct connection *l = arg;

	(void)fd;
	(void)events;
	if (l->phase == CONNECTION_HEAD || l->phase == CONNECTION_BODY) {
		connection_refuse(l, 408, "The request took too long.");
		return;
	}
	if (l->shaking && !l->no_memory)
		fail_handshake(l, "it took too long");
	connection_close(l);
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

/* libevhtp is about to free the connection, and the request with it. */
static evhtp_res
on_fini(evhtp_connection_t *conn, void *arg)
{
	struct connection *l = connection_of(conn);
	struct gate_server *gate = l->gate;

	(void)arg;
	conn->parser = NULL;
	conn->scratch_buf = l->in; /* which it frees */
	conn->hooks = NULL;
	if (l->request != NULL) {
		gate->n_in_work--;
		gate->counts.gone++;
		gate->calls.gone(l->request, gate->calls.arg);
	}
	connection_drop_request(l);
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

struct connection *
connection_of(const evhtp_connection_t *conn)
{
	void *l;

	bufferevent_getcb(conn->bev, NULL, NULL, NULL, &l);
	return l;
}

void
connection_lends(struct lent *lent)
{
	lent->parser = xalloc_made(htparser_new());
	lent->scratch = xalloc_made(evbuffer_new());
	lent->hooks = (evhtp_hooks_t){ .on_connection_fini = on_fini,
		.on_read = on_body };
}

void
connection_lends_no_more(struct lent *lent)
{
	free(lent->parser);
	evbuffer_free(lent->scratch);
}

/* libevhtp may have ended it meanwhile. */
static void
take_back(struct connection *l)
{
	if (l->conn == NULL)
		return;
	l->conn->parser = NULL;
	l->conn->scratch_buf = l->in;
}

void
connection_through(struct connection *l, bufferevent_data_cb by)
{
	struct lent *lent = &l->gate->lent;

	l->conn->parser = lent->parser;
	l->conn->scratch_buf = lent->scratch;
	htparser_init(lent->parser, htp_type_request);
	htparser_set_userdata(lent->parser, l->conn);
	by(l->conn->bev, l->conn);
	/* It keeps the line that it has read last: a password, it may be. */
	explicit_bzero(lent->parser, malloc_usable_size(lent->parser));
	take_back(l);
}

/* What libevhtp has made for this connection alone goes, or is ours. */
void
connection_join(struct connection *l)
{
	struct lent *lent = &l->gate->lent;
	evhtp_connection_t *conn = l->conn;
	bufferevent_event_cb event;
	void *own;

	bufferevent_getcb(bev_of(l), &lent->feed, &lent->wrote, &event, &own);
	assert(own == conn);
	connection_hear(l);
	event_free(conn->resume_ev);
	conn->resume_ev = NULL;
	held_free(conn->saddr);
	conn->saddr = NULL;
	conn->hooks = &lent->hooks;
	l->in = conn->scratch_buf;
	TAILQ_INSERT_TAIL(&l->gate->connections, l, all);
	l->gate->n_connections++;
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
