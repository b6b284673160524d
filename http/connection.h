/*
 * connection - one connection on its way through the gate. Inside of
 * http/gate: only gate.c and connection.c include this.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <sys/queue.h>

#include <evhtp.h>

#include "http/gate.h"

struct connection;
struct loop_timer;
struct per_address;

TAILQ_HEAD(connections, connection);

struct gate_server {
	evhtp_t *htp;
	struct gate_limits limits;
	struct gate_calls calls;
	struct gate_counts counts;
	struct per_address *peers;
	struct connections connections;
	unsigned n_connections;
	unsigned n_in_work;
	bool draining;
	void (*drained)(void *arg);
	void *drained_arg;
	struct loop_timer *drained_soon; /* the last connection has ended */
	struct loop_timer *accept_again; /* the listener is paused */
};

/* Take over a connection libevhtp has just accepted. False: no memory. */
bool connection_open(struct gate_server *gate, evhtp_connection_t *conn);

/* libevhtp has parsed the one request that the connection gave it. */
void connection_request(evhtp_request_t *r);

/* gate_reply(), of the request that is in work. */
void connection_reply(evhtp_request_t *r, const struct gate_reply *reply);

/* The next one of the same gate, or NULL. */
struct connection *connection_next(const struct connection *l);

/* No further request: at once if idle, else with the answer. */
void connection_drain(struct connection *l);

/* Free the connection now, whatever it is doing. */
void connection_close(struct connection *l);

/* Called by the connection when it has ended: in gate.c. */
void gate_connection_ended(struct gate_server *gate);

#endif
