/*
 * connection - one connection on its way through the gate: how it begins
 * (connection_open.c), what becomes of it and how it ends (connection.c), and
 * how requests and answers go over it (connection_request.c).
 * Inside of http/gate: only these and gate.c include this.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <sys/queue.h>

#include <evhtp.h>

#include "http/gate.h"
#include "http/handshakes.h"
#include "http/reader.h"
#include "http/turnaways.h"
#include "http/visitor.h"

struct arrival;
struct connection;
struct loop_timer;
struct rate;
struct waiting_one;

TAILQ_HEAD(connections, connection);

/*
 * What libevhtp would have for each connection. Of its parsers, 8 KiB each, it
 * needs one: it is lent to who has a request to be parsed.
 */
struct lent {
	htparser *parser;
	struct evbuffer *scratch;
	evhtp_hooks_t hooks;
	bufferevent_data_cb feed, wrote; /* libevhtp's own callbacks */
};

struct gate_server {
	evhtp_t *htp;
	SSL_CTX *tls; /* libevhtp has none; NULL: plain HTTP */
	struct lent lent;
	struct gate_limits limits;
	struct gate_calls calls;
	struct gate_counts counts;
	struct visitors visitors;
	struct turnaways turnaways;
	struct handshakes handshakes; /* that failed */
	struct rate *address_rate;    /* of handshakes; NULL: any */
	struct rate *network_rate;    /* the same, of IPv6 networks */
	struct connections connections;
	unsigned n_connections;
	unsigned n_in_work;
	bool draining;
	void (*drained)(void *arg);
	void *drained_arg;
	struct loop_timer *drained_soon; /* the last connection has ended */
	struct loop_timer *accept_again; /* the listeners are paused */
	struct evconnlistener *listeners[GATE_BOUND_MAX];
	unsigned n_listeners;
	size_t leaving;		 /* bytes that libevent gives back next turn */
	struct loop_timer *left; /* that is then */
	struct loop_timer *give_back; /* what is free */
};

enum connection_phase {
	CONNECTION_ARRIVING, /* no byte of TLS has come, nor is any read */
	CONNECTION_IDLE,     /* nothing of a request has come */
	CONNECTION_HEAD,     /* a part of its head has */
	CONNECTION_BODY,     /* the head is whole, the body is not */
	CONNECTION_FEEDING,  /* libevhtp is parsing it */
	CONNECTION_WORK,     /* the application has it */
	CONNECTION_REPLY,    /* the answer is going out */
	CONNECTION_REFUSAL,  /* the gate's own answer is, then the end */
	CONNECTION_LINGER    /* our side is closed, theirs is not */
};

struct connection {
	struct gate_server *gate;
	TAILQ_ENTRY(connection) all;
	evhtp_connection_t *conn; /* NULL once it was freed */
	struct arrival *arrival;  /* NULL once it is over */
	struct visitor visitor;
	struct event *timer; /* of the phase, never prolonged by progress */
	enum connection_phase phase;
	unsigned held;	     /* functions below us that will look at us again */
	bool shaking;	     /* its TLS handshake has begun, and not ended */
	bool answered;	     /* not the first request of this connection */
	bool no_memory;	     /* for the request that libevhtp has parsed,
			      * or the handshake */
	bool close;	     /* this request is the last one */
	bool half_open;	     /* the client has closed its side */
	struct evbuffer *in; /* received, and not yet used */
	struct reader *reader;	  /* NULL: nothing of a request has come */
	evhtp_request_t *request; /* in work */
};

/* In http/connection_open.c. */

/* Take over a connection libevhtp has just accepted. False: no memory. */
bool connection_open(struct gate_server *gate, evhtp_connection_t *conn);

/* In http/connection.c. */

/* For gate.c: what all connections of a gate share. */
void connection_lends(struct lent *lent);
void connection_lends_no_more(struct lent *lent);
/* One of the gate from now on. */
void connection_join(struct connection *l);
/* Ours, of libevhtp's. */
struct connection *connection_of(const evhtp_connection_t *conn);
/* Has libevhtp do its part, by one of its callbacks. */
void connection_through(struct connection *l, bufferevent_data_cb by);
/* What libevent says of its bufferevent is ours to hear. */
void connection_hear(struct connection *l);
/*
 * Is there memory for what this one wants? Others give way to it, who keep us
 * waiting. False: it is this one's turn to.
 */
bool connection_finds_memory(struct connection *l);
/* The time of its phase is over. */
void connection_on_timer(evutil_socket_t fd, short events, void *arg);
/* Each phase has its time, and is waiting or not. */
void connection_enter(struct connection *l, enum connection_phase phase);
void connection_set_timer(struct connection *l, unsigned seconds);

/* Sends and frees `out`; NULL: no memory for it, the connection ends. */
void connection_send(struct connection *l, struct evbuffer *out);
/* A line of text from the gate itself, without one in the log, and the end of
 * the connection. */
void connection_answer(struct connection *l, int status, const char *why);
/* The same of what was to be a request, told as its callers are used to. */
void connection_refuse(struct connection *l, int status, const char *why);
void connection_refuse_for_memory(struct connection *l);

/* No further request: at once if idle, else with the answer. */
void connection_drain(struct connection *l);

/* Free the connection now, whatever it is doing. */
void connection_close(struct connection *l);

/* In http/connection_request.c. */

/* What was read of a request is not wanted any more. */
void connection_drop_request(struct connection *l);
/* Makes the most of what has been read; whoever calls holds it. */
void connection_run(struct connection *l);
/* The answer has gone out, and the connection goes on. */
void connection_next(struct connection *l);

/* libevhtp has parsed the one request that the connection gave it. */
void connection_request(evhtp_request_t *r);

/* gate_reply(), of the request that is in work. */
void connection_reply(evhtp_request_t *r, const struct gate_reply *reply);

/* The gate that `r` came through. */
struct gate_server *connection_gate(const evhtp_request_t *r);

/* Whoever sent `r`; false: it has no address. */
bool connection_peer(const evhtp_request_t *r, char *text, size_t size);

/* Called by the connection when it has ended: in gate.c. */
void gate_connection_ended(struct gate_server *gate);

/* A handshake or a connection has ended: is there much that is free? In
 * gate.c. */
void gate_gives_back(struct gate_server *gate);

/* May this client have one more connection? In gate.c. */
bool gate_lets_in(const struct gate_server *gate, const struct address *client);

/* One more handshake of this client; false: too many. In gate.c. */
bool gate_lets_shake(struct gate_server *gate, const struct address *client);

/* Is this a balancer, who has to name its clients? In gate.c. */
bool gate_is_balancer(
    const struct gate_server *gate, const struct address *peer);

#endif
