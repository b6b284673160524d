/*
 * lane - one connection on its way through the gate. Inside of gate/gate: only
 * gate.c and lane.c include this.
 */
#ifndef GATE_LANE_H
#define GATE_LANE_H

#include <sys/queue.h>

#include "gate/gate.h"

struct lane;
struct loop_timer;
struct peers;

TAILQ_HEAD(lanes, lane);

struct gate_server {
	evhtp_t *htp;
	struct gate_limits limits;
	struct gate_calls calls;
	struct gate_counts counts;
	struct peers *peers;
	struct lanes lanes;
	unsigned n_lanes;
	unsigned n_in_work;
	bool draining;
	void (*drained)(void *arg);
	void *drained_arg;
	struct loop_timer *drained_soon; /* the last lane has ended */
	struct loop_timer *accept_again; /* the listener is paused */
};

/* Take over a connection libevhtp has just accepted. False: no memory. */
bool lane_open(struct gate_server *gate, evhtp_connection_t *conn);

/* libevhtp has parsed the one request that the lane gave it. */
void lane_request(evhtp_request_t *r);

void lane_reply(evhtp_request_t *r, const struct gate_reply *reply);

/* The next one of the same gate, or NULL. */
struct lane *lane_next(const struct lane *l);

/* No further request: at once if idle, else with the answer. */
void lane_drain(struct lane *l);

/* Free the connection now, whatever it is doing. */
void lane_close(struct lane *l);

/* Called by the lane when it has ended: in gate.c. */
void gate_lane_ended(struct gate_server *gate);

#endif
