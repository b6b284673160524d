#include "http/gate.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <evhtp.h>

#include "base/clock.h"
#include "base/crumbs.h"
#include "base/held.h"
#include "base/loop.h"
#include "base/rate.h"
#include "base/xalloc.h"
#include "http/connection.h"
#include "http/waiting.h"

/*
 * Without descriptors accept() fails at once and the listener is readable
 * again at once: an idle loop at full speed. A pause ends that.
 */
enum {
	ACCEPT_PAUSE_MS = 100,
	BACKLOG = 1024 /* connections that the kernel accepts ahead */
};

/*
 * What connections and handshakes took would stay with malloc() for good once
 * they have ended. It goes back to the system when so much of it is free, and
 * not more often than that.
 */
enum {
	GIVE_BACK_BYTES = 128 << 10,
	GIVE_BACK_MS = 2000
};

/* --------------------------------------------------------------- accept */

bool
gate_is_balancer(const struct gate_server *gate, const struct address *peer)
{
	for (unsigned i = 0; i < gate->limits.balancers.count; i++)
		if (address_in(peer, &gate->limits.balancers.ranges[i]))
			return true;
	return false;
}

bool
gate_lets_in(const struct gate_server *gate, const struct address *client)
{
	unsigned most = gate->limits.per_address_max;

	return most == 0 || visitors_of(&gate->visitors, client) < most;
}

bool
gate_lets_shake(struct gate_server *gate, const struct address *client)
{
	struct address_prefix who = address_client(client);
	struct address_prefix network = address_network(client);
	int64_t now_us = clock_mono_us();

	/* IPv4 addresses have the upper half to themselves. */
	if (who.len == 4)
		who.bits |= (uint64_t)1 << 63;
	if (gate->address_rate != NULL &&
	    !rate_take(gate->address_rate, who.bits, now_us))
		return false;
	return gate->network_rate == NULL || client->len != 16 ||
	       rate_take(gate->network_rate, network.bits, now_us);
}

/* For one more; who has waited longest gives way to it. */
static bool
make_room(struct gate_server *gate)
{
	struct waiting_one *one;

	if (gate->n_connections < gate->limits.connections_max)
		return true;
	one = waiting_first(gate->visitors.idle);
	if (one == NULL)
		return false;
	turnaways_add(&gate->turnaways, TURNAWAY_IDLE);
	connection_close(one->owner);
	return true;
}

/* Before libevhtp spends anything, an SSL least of all, on the connection. */
static evhtp_res
on_arrival(evhtp_connection_t *conn, void *arg)
{
	struct gate_server *gate = arg;
	struct address peer = address_of(conn->saddr);

	/* It comes from malloc(); libevhtp would give it back to the allocator
	 * that it was told, where it would count as given back without having
	 * been taken. Ours is lent (connection_through()). */
	free(conn->parser);
	conn->parser = NULL;
	if (gate->draining)
		return EVHTP_RES_ERROR;
	if (!gate_is_balancer(gate, &peer) && !gate_lets_in(gate, &peer)) {
		turnaways_add(&gate->turnaways, TURNAWAY_ADDRESS);
		return EVHTP_RES_ERROR;
	}
	if (!make_room(gate)) {
		turnaways_add(&gate->turnaways, TURNAWAY_FULL);
		return EVHTP_RES_ERROR;
	}
	return EVHTP_RES_OK;
}

static evhtp_res
on_accept(evhtp_connection_t *conn, void *arg)
{
	struct gate_server *gate = arg;

	if (!connection_open(gate, conn))
		return EVHTP_RES_ERROR;
	gate->counts.accepted++;
	return EVHTP_RES_OK;
}

static void
accept_again(void *arg)
{
	struct gate_server *gate = arg;

	gate->accept_again = NULL;
	for (unsigned i = 0; i < gate->n_listeners; i++)
		evconnlistener_enable(gate->listeners[i]);
}

static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	/* evconnlistener hands over its own argument: libevhtp's. */
	evhtp_t *htp = arg;
	struct gate_server *gate = htp->defaults.cbarg;

	(void)listener;
	gate->counts.accept_errors++;
	if (gate->accept_again != NULL)
		return;
	for (unsigned i = 0; i < gate->n_listeners; i++)
		evconnlistener_disable(gate->listeners[i]);
	gate->accept_again =
	    loop_after(htp->evbase, ACCEPT_PAUSE_MS, accept_again, gate);
}

static void
on_request(evhtp_request_t *r, void *arg)
{
	(void)arg;
	connection_request(r);
}

static socklen_t
fill_address(const char *text, unsigned port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return sizeof(*v4);
	}
	inet_pton(AF_INET6, text, &v6->sin6_addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	return sizeof(*v6);
}

int
gate_bind(const char *address, unsigned port, bool alone, struct fault *why)
{
	struct sockaddr_storage at;
	socklen_t len = fill_address(address, port, &at);
	int on = 1, error;
	int fd =
	    socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (at.ss_family != AF_INET6 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) ==
		    0) &&
	    (alone || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on,
			  sizeof(on)) == 0) &&
	    bind(fd, (struct sockaddr *)&at, len) == 0 &&
	    (!alone || listen(fd, 1) == 0))
		return fd;
	error = errno;
	fault_set(why,
	    "listen: cannot listen on %s port %u: %s; choose another port",
	    address, port, strerror(error));
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

/* Its callbacks, hooks and limits are ours from here on. */
static void
take_over(struct gate_server *gate)
{
	evhtp_t *htp = gate->htp;

	evhtp_disable_flag(htp, EVHTP_FLAG_ENABLE_100_CONT);
	/* libevhtp refuses what is as large as its limit. */
	evhtp_set_max_body_size(htp, gate->limits.body_max + 1);
	evhtp_set_bev_flags(
	    htp, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	evhtp_set_timeouts(htp, NULL, NULL);
	evhtp_set_pre_accept_cb(htp, on_arrival, gate);
	evhtp_set_post_accept_cb(htp, on_accept, gate);
	evhtp_set_gencb(htp, on_request, gate);
	for (unsigned i = 0; i < gate->n_listeners; i++)
		evconnlistener_set_error_cb(
		    gate->listeners[i], on_accept_error);
}

/* libevhtp knows one listener, and gives all that is accepted to itself: each
 * one that it makes is taken out of its hands. */
static bool
listen_on(struct gate_server *gate, const int *bound, unsigned count)
{
	assert(count > 0 && count <= GATE_BOUND_MAX);
	for (unsigned i = 0; i < count; i++) {
		if (evhtp_accept_socket(gate->htp, bound[i], BACKLOG) != 0)
			return false;
		gate->listeners[gate->n_listeners++] = gate->htp->server;
		gate->htp->server = NULL;
	}
	return true;
}

struct gate_server *
gate_open(struct event_base *base, const int *bound, unsigned count,
    SSL_CTX *tls, const struct gate_limits *limits,
    const struct gate_calls *calls, struct fault *why)
{
	struct gate_server *gate = xcalloc(1, sizeof(*gate));

	assert(limits->connections_max > 0);
	/* In the whole process; what was taken before comes back this way. */
	evhtp_set_mem_functions(held_malloc, held_realloc, held_free);
	event_set_mem_functions(crumbs_malloc, crumbs_realloc, crumbs_free);
	gate->htp = xalloc_made(evhtp_new(base, NULL));
	connection_lends(&gate->lent);
	if (limits->handshakes_per_address > 0)
		gate->address_rate = rate_new(limits->handshakes_per_address);
	if (limits->handshakes_per_network > 0)
		gate->network_rate = rate_new(limits->handshakes_per_network);
	visitors_begin(&gate->visitors, limits->connections_max);
	turnaways_begin(
	    &gate->turnaways, base, limits->tell_s, gate->counts.turned_away);
	handshakes_begin(&gate->handshakes, base, limits->tell_s,
	    &gate->counts.handshakes_failed);
	gate->limits = *limits;
	gate->calls = *calls;
	TAILQ_INIT(&gate->connections);
	if (!listen_on(gate, bound, count)) {
		fault_set(why, "cannot listen: %s", strerror(errno));
		gate_free(gate);
		return NULL;
	}
	if (tls != NULL)
		SSL_CTX_up_ref(tls);
	gate->tls = tls;
	take_over(gate);
	return gate;
}

unsigned
gate_port(const struct gate_server *gate)
{
	struct sockaddr_in6 at = { 0 }; /* IPv4 has its port there too */
	socklen_t len = sizeof(at);

	getsockname(evconnlistener_get_fd(gate->listeners[0]),
	    (struct sockaddr *)&at, &len);
	return ntohs(at.sin6_port);
}

void
gate_renew_tls(struct gate_server *gate, SSL_CTX *tls)
{
	SSL_CTX_up_ref(tls);
	SSL_CTX_free(gate->tls);
	gate->tls = tls;
}

/* -------------------------------------------------------------- requests */

void
gate_reply(evhtp_request_t *r, const struct gate_reply *reply)
{
	connection_reply(r, reply);
}

void
gate_turn_away(const evhtp_request_t *r, enum turnaway why)
{
	turnaways_add(&connection_gate(r)->turnaways, why);
}

bool
gate_peer(const evhtp_request_t *r, char *address, size_t size)
{
	return connection_peer(r, address, size);
}

unsigned
gate_connections(const struct gate_server *gate)
{
	return gate->n_connections;
}

unsigned
gate_requests_in_work(const struct gate_server *gate)
{
	return gate->n_in_work;
}

const struct gate_counts *
gate_counts(const struct gate_server *gate)
{
	return &gate->counts;
}

/* ------------------------------------------------------- memory, given back */

static void
give_back(void *arg)
{
	struct gate_server *gate = arg;

	gate->give_back = NULL;
	if (held_less() >= GIVE_BACK_BYTES)
		held_give_back();
}

void
gate_gives_back(struct gate_server *gate)
{
	if (gate->give_back == NULL && held_less() >= GIVE_BACK_BYTES)
		gate->give_back =
		    loop_try(gate->htp->evbase, GIVE_BACK_MS, give_back, gate);
}

/* --------------------------------------------------------------- the end */

static void
drained(void *arg)
{
	struct gate_server *gate = arg;

	gate->drained_soon = NULL;
	gate->drained(gate->drained_arg);
}

void
gate_connection_ended(struct gate_server *gate)
{
	gate_gives_back(gate);
	if (gate->drained != NULL && gate->n_connections == 0 &&
	    gate->drained_soon == NULL)
		gate->drained_soon =
		    loop_after(gate->htp->evbase, 0, drained, gate);
}

static void
stop_listening(struct gate_server *gate)
{
	loop_cancel(gate->accept_again);
	gate->accept_again = NULL;
	while (gate->n_listeners > 0)
		evconnlistener_free(gate->listeners[--gate->n_listeners]);
}

void
gate_drain(struct gate_server *gate, void (*fn)(void *arg), void *arg)
{
	struct connection *l, *next;

	assert(!gate->draining);
	gate->draining = true;
	stop_listening(gate);
	for (l = TAILQ_FIRST(&gate->connections); l != NULL; l = next) {
		next = TAILQ_NEXT(l, all);
		connection_drain(l);
	}
	gate->drained = fn;
	gate->drained_arg = arg;
	gate_connection_ended(gate);
}

void
gate_free(struct gate_server *gate)
{
	struct connection *l;

	stop_listening(gate);
	gate->drained = NULL;
	while ((l = TAILQ_FIRST(&gate->connections)) != NULL)
		connection_close(l);
	loop_cancel(gate->drained_soon);
	loop_cancel(gate->left);
	loop_cancel(gate->give_back);
	turnaways_end(&gate->turnaways);
	handshakes_end(&gate->handshakes);
	rate_free(gate->network_rate);
	rate_free(gate->address_rate);
	visitors_end(&gate->visitors);
	SSL_CTX_free(gate->tls);
	evhtp_free(gate->htp);
	connection_lends_no_more(&gate->lent);
	free(gate);
}
