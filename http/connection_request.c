/*
 * How a request comes in over a connection, and its answer goes out. libevhtp
 * gets to see one whole, plain request at a time (feed) and hears when its
 * answer has gone out (wrote).
 */
#include "http/connection.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "http/reader.h"
#include "http/writer.h"

/* -------------------------------------------------------- one request in */

/* False: no memory. */
static bool
begin_request(struct connection *l)
{
	const struct gate_limits *limits = &l->gate->limits;

	l->reader = malloc(sizeof(*l->reader));
	if (l->reader != NULL)
		reader_init(
		    l->reader, &(struct head_limits){ .head = limits->head_max,
				   .target = limits->target_max,
				   .body = limits->body_max });
	return l->reader != NULL;
}

void
connection_drop_request(struct connection *l)
{
	if (l->reader != NULL)
		reader_clear(l->reader);
	free(l->reader);
	l->reader = NULL;
}

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
		plain, (ev_ssize_t)reader_plain_room(l->reader), &v, 1) != 1) {
		if (plain != NULL)
			evbuffer_free(plain);
		connection_refuse_for_memory(l);
		return;
	}
	v.iov_len = reader_plain(l->reader, v.iov_base);
	evbuffer_commit_space(plain, &v, 1);
	evbuffer_prepend_buffer(bufferevent_get_input(l->conn->bev), plain);
	evbuffer_free(plain);
	l->close = l->reader->head->wants_close;
	connection_enter(l, CONNECTION_FEEDING);
	event_del(l->timer);
	l->no_memory =
	    false; /* what TLS lacked before is no word on this one */
	connection_through(l, l->gate->lent.feed);
	if (l->conn == NULL)
		return;
	if (l->no_memory)
		connection_refuse_for_memory(l);
	else if (l->phase == CONNECTION_FEEDING)
		connection_refuse(l, 400, "The request is malformed.");
	else
		connection_drop_request(l);
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
	struct connection *l = connection_of(r->conn);
	struct gate_server *gate = l->gate;

	assert(l->phase == CONNECTION_FEEDING && l->request == NULL);
	assert(r->uri->query == NULL && r->uri->query_raw == NULL);
	/* libevhtp frees it with the request. */
	if (!reader_query(l->reader, (char **)&r->uri->query_raw) ||
	    evbuffer_add(
		r->buffer_in, l->reader->body.at, l->reader->body.used) != 0) {
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
	if (reader_wants_continue(l->reader))
		bufferevent_write(l->conn->bev, go_on, sizeof(go_on) - 1);
}

/* What has come, piece by piece, up to the end of a request. */
static enum reader_rc
read_on(struct connection *l)
{
	size_t len = 0, used = 0;
	enum reader_rc rc;

	do {
		len = evbuffer_get_contiguous_space(l->in);
		rc = reader_read(l->reader,
		    (const char *)evbuffer_pullup(l->in, (ev_ssize_t)len), len,
		    &used);
		evbuffer_drain(l->in, used);
	} while (rc != READER_WHOLE && rc != READER_REFUSED && used > 0);
	return rc;
}

/* Make the most of what has been read; to be called under hold(). */
void
connection_run(struct connection *l)
{
	if (evbuffer_get_length(l->in) == 0)
		return;
	if (l->reader == NULL && !begin_request(l)) {
		connection_refuse_for_memory(l);
		return;
	}
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
		connection_refuse(l, l->reader->status, l->reader->why);
		break;
	}
}

/* -------------------------------------------------------- one answer out */

void
connection_reply(evhtp_request_t *r, const struct gate_reply *reply)
{
	struct connection *l = connection_of(r->conn);

	assert(l->phase == CONNECTION_WORK && l->request == r);
	l->request = NULL;
	l->gate->n_in_work--;
	l->close = l->close || reply->close || l->gate->draining;
	l->answered = true;
	connection_enter(l, CONNECTION_REPLY);
	evhtp_request_enable_flag(r, EVHTP_REQ_FLAG_FINISHED);
	/* If not kept, linger() ends the connection; libevhtp is not asked. */
	evhtp_request_enable_flag(r, EVHTP_REQ_FLAG_KEEPALIVE);
	connection_send(l, writer_reply(reply, clock_now(),
			       r->method == htp_method_HEAD, l->close));
}

void
connection_next(struct connection *l)
{
	/* Frees the request and makes libevhtp's parser ready again. */
	connection_through(l, l->gate->lent.wrote);
	if (l->conn == NULL)
		return;
	assert(l->conn->request == NULL);
	connection_enter(l, CONNECTION_IDLE);
	connection_set_timer(l, l->gate->limits.idle_s);
	bufferevent_enable(l->conn->bev, EV_READ);
	connection_run(l);
}

struct gate_server *
connection_gate(const evhtp_request_t *r)
{
	return connection_of(r->conn)->gate;
}

bool
connection_peer(const evhtp_request_t *r, char *text, size_t size)
{
	return address_text(
	    &connection_of(r->conn)->visitor.address, text, size);
}
