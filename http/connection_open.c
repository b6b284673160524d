/*
 * A connection that was accepted: until its first byte nothing is spent on it.
 * Then it is known whose it is, and TLS begins.
 */
#include "http/connection.h"

#include <stdlib.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>

#include "http/arrival.h"

/* OpenSSL has worked on a handshake: how much does it hold now? */
static void
on_handshake(const SSL *ssl, int where, int result)
{
	struct connection *l = SSL_get_app_data(ssl);

	(void)result;
	if (where == SSL_CB_ACCEPT_EXIT && !connection_finds_memory(l)) {
		turnaways_add(&l->gate->turnaways, TURNAWAY_MEMORY);
		l->no_memory = true;
		connection_set_timer(l, 0); /* not while OpenSSL has it */
	}
}

/*
 * TLS begins with the next byte. libevhtp has made a bufferevent that knows
 * nothing of it, and frees what it finds in its place.
 */
static bool
begin_tls(struct connection *l)
{
	SSL *ssl = SSL_new(l->gate->tls);
	struct bufferevent *bev = NULL;

	if (ssl != NULL)
		bev = bufferevent_openssl_socket_new(l->conn->evbase,
		    l->conn->sock, ssl, BUFFEREVENT_SSL_ACCEPTING,
		    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (bev == NULL) {
		SSL_free(ssl);
		ERR_clear_error();
		return false;
	}
	bufferevent_setfd(l->conn->bev, -1);
	bufferevent_free(l->conn->bev);
	l->conn->bev = bev;
	l->conn->ssl = ssl;
	SSL_set_app_data(ssl, l);
	SSL_set_info_callback(ssl, on_handshake);
	l->shaking = true;
	connection_hear(l);
	return true;
}

static void
turn_away(struct connection *l, enum turnaway why)
{
	turnaways_add(&l->gate->turnaways, why);
	connection_close(l);
}

/*
 * No record of TLS, nor an SSLv2 ClientHello, begins with a capital letter;
 * each method of HTTP does.
 */
static bool
is_plain_http(char first)
{
	return first >= 'A' && first <= 'Z';
}

/* EST-001, C-30: there is no operation to be had here without TLS. */
static void
refuse_plain_http(struct connection *l)
{
	arrival_free(l->arrival);
	l->arrival = NULL;
	handshakes_failed(
	    &l->gate->handshakes, "plain HTTP", &l->visitor.address);
	connection_answer(l, 400, "This port speaks TLS; use https.");
}

static void
begin(struct connection *l)
{
	ssize_t came;
	char first;

	/* A balancer that looks whether we live counts as nobody's. */
	if (l->gate->tls != NULL && l->visitor.client != NULL &&
	    !gate_lets_shake(l->gate, &l->visitor.address)) {
		turn_away(l, TURNAWAY_RATE);
		return;
	}
	if (!connection_finds_memory(l)) {
		turn_away(l, TURNAWAY_MEMORY);
		return;
	}
	if (l->gate->tls != NULL) {
		came = recv(l->conn->sock, &first, 1, MSG_PEEK | MSG_DONTWAIT);
		if (came == 0) { /* it has looked whether we live */
			connection_close(l);
			return;
		}
		if (came == 1 && is_plain_http(first)) {
			refuse_plain_http(l);
			return;
		}
	}
	if (l->gate->tls != NULL && !begin_tls(l)) {
		connection_close(l);
		return;
	}
	arrival_free(l->arrival);
	l->arrival = NULL;
	connection_enter(l, CONNECTION_IDLE);
	bufferevent_enable(l->conn->bev, EV_READ);
}

static void
on_arrival(void *arg, enum arrival_end end, const struct address *client)
{
	struct connection *l = arg;

	switch (end) {
	case ARRIVAL_CLIENT:
		if (!gate_lets_in(l->gate, client))
			turn_away(l, TURNAWAY_ADDRESS);
		else if (!visitor_is(&l->visitor, client, true))
			connection_close(l);
		else
			begin(l);
		break;
	case ARRIVAL_PEER:
		begin(l);
		break;
	case ARRIVAL_BAD:
		turn_away(l, TURNAWAY_PROXY);
		break;
	case ARRIVAL_GONE:
		connection_close(l);
		break;
	}
}

/* False: no memory; what was made is freed. */
static bool
make(struct connection *l, bool from_balancer)
{
	struct address peer = address_of(l->conn->saddr);

	l->timer = event_new(l->conn->evbase, -1, 0, connection_on_timer, l);
	l->arrival = arrival_new(
	    l->conn->evbase, l->conn->sock, from_balancer, on_arrival, l);
	if (visitor_is(&l->visitor, &peer, !from_balancer) &&
	    l->timer != NULL && l->arrival != NULL)
		return true;
	if (l->timer != NULL)
		event_free(l->timer);
	arrival_free(l->arrival);
	visitor_leave(&l->visitor);
	return false;
}

bool
connection_open(struct gate_server *gate, evhtp_connection_t *conn)
{
	struct address peer = address_of(conn->saddr);
	struct connection *l = calloc(1, sizeof(*l));
	int on = 1;

	if (l == NULL)
		return false;
	l->gate = gate;
	l->conn = conn;
	l->visitor.all = &gate->visitors;
	l->visitor.idle.owner = l;
	l->visitor.holding.owner = l;
	if (!make(l, gate_is_balancer(gate, &peer))) {
		free(l);
		return false;
	}
	/* Or the answer would wait for the client's ACK of the TLS tickets. */
	setsockopt(conn->sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection_join(l);
	bufferevent_disable(conn->bev, EV_READ);
	connection_enter(l, CONNECTION_ARRIVING);
	connection_set_timer(l, gate->limits.head_s);
	return true;
}
