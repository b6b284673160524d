/*
 * gate - a listener: what stands between the network and libevhtp.
 *
 * libevhtp keeps the connection, its buffers and the request object; every
 * byte passes the gate first, which reads heads (http/head.h), decodes bodies
 * (http/chunked.h), keeps the deadlines, refuses what is not one plain HTTP/1.1
 * request, and writes every answer itself. docs/decisions/0001 says why.
 *
 *	gate = gate_open(base, fd, tls, &limits, &calls, &why);	one per thread
 *
 * A request as the application sees it (doors see a struct flow instead,
 * http/flow.h):
 *	r->method, r->uri->path->full   undecoded, without the query; nothing
 *	                                else in r->uri->path is to be used
 *	r->uri->query_raw               what stood behind the `?`, or NULL
 *	r->headers_in                   white space around values is gone;
 *	                                a field may be there more than once
 *	r->buffer_in                    the whole body, decoded
 *	r->conn->ssl                    the SSL, NULL on plain HTTP
 *
 * Threads: everything here happens on the thread that runs the event base.
 * Limits and counts are those of one gate, that is of one thread.
 */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "base/address.h"
#include "base/fault.h"
#include "http/turnaways.h"

struct event_base;
struct evhtp_request;
struct gate_reply;
struct gate_server;

/*
 * A socket for gate_open(); other gates may have the same port (SO_REUSEPORT),
 * unless it is to be `alone`: then this fails while anybody else listens
 * there. `address` is IPv4 or IPv6, `::` is IPv6 alone; port 0 is any that is
 * free, see gate_port(). -1, errno and the reason.
 */
int gate_bind(
    const char *address, unsigned port, bool alone, struct fault *why);

/*
 * Balancers: each connection from there begins with a PROXY header
 * (http/proxy.h), and is its client's. Nobody else is believed in that.
 */
struct gate_balancers {
	const struct address_range *ranges; /* outlive the gate */
	unsigned count;
};

struct gate_limits {
	size_t head_max;    /* bytes of a request head; more is 431 */
	size_t target_max;  /* bytes of a request target; more is 414 */
	size_t body_max;    /* bytes of a decoded body; more is 413 */
	size_t pending_max; /* bytes read ahead while a request is in work */
	size_t memory_max;  /* bytes that all of it may hold; more is 503 */
	unsigned head_s;    /* accept (or first byte) to end of head; 408 */
	unsigned body_s;    /* end of head to end of body; 408 */
	unsigned idle_s;    /* end of an answer to the next first byte */
	unsigned write_s;   /* answer given to answer taken by the client */
	unsigned connections_max; /* in all; below RLIMIT_NOFILE */
	unsigned per_address_max; /* of one IPv4 address or IPv6 /64; 0: any */
	unsigned handshakes_per_address; /* in a minute; 0: any */
	unsigned handshakes_per_network; /* of an IPv6 /48; 0: any */
	unsigned tell_s; /* between two lines of who was turned away, or of
			  * handshakes that failed */
	struct gate_balancers balancers;
};

/* What docs/est-conformance.md promises (EST-042, EST-043). */
#define GATE_LIMITS_DEFAULT                                                    \
	{                                                                      \
		.head_max = 8192, .target_max = 2048, .body_max = 65536,       \
		.pending_max = 131072, .memory_max = (size_t)64 << 20,         \
		.head_s = 10, .body_s = 30, .idle_s = 30, .write_s = 30,       \
		.connections_max = 4096, .per_address_max = 256, .tell_s = 60  \
	}

struct gate_calls {
	/*
	 * A whole request. gate_reply() is called for it exactly once, now or
	 * later, unless `gone` comes first.
	 */
	void (*request)(struct evhtp_request *r, void *arg);
	/*
	 * The client went away before its answer; `r` is dead when this
	 * returns, and must not be answered.
	 */
	void (*gone)(struct evhtp_request *r, void *arg);
	/*
	 * The gate refuses what never becomes a request: this sets fields and
	 * body beside the status that is there, all of which live until the
	 * next call. `languages` is its Accept-Language, as a word to its
	 * sender and for nothing else; NULL: none has come. NULL: it is told in
	 * a line of text.
	 */
	void (*refused)(
	    struct gate_reply *reply, const char *languages, void *arg);
	void *arg;
};

/*
 * Listens on sockets of gate_bind(), one for each address, at most
 * GATE_BOUND_MAX, which are the gate's from then on, and copies both
 * structures; it takes a reference of `tls`, NULL is plain HTTP.
 * NULL and the reason if it cannot. Ends the process if there is no memory.
 */
#define GATE_BOUND_MAX 4
struct gate_server *gate_open(struct event_base *, const int *bound,
    unsigned count, SSL_CTX *tls, const struct gate_limits *limits,
    const struct gate_calls *calls, struct fault *why);

/* The port that the gate listens on. */
unsigned gate_port(const struct gate_server *gate);

/*
 * Connections from now on use `tls`, of which the gate takes a reference;
 * those that live keep what they have. Only of a gate that has had TLS before.
 */
void gate_renew_tls(struct gate_server *gate, SSL_CTX *tls);

struct gate_field {
	const char *name; /* in the classic capitalisation, EST-031 */
	const char *value;
};

/*
 * An answer. Date, Content-Length and, where due, Connection: close are added
 * to your fields. For EST clients these are at most nine, and the whole head is
 * under 900 bytes (EST-032); browsers take more of both (`browser`). No line is
 * over 500 bytes, and no CR or LF is in a value: all of that is asserted, so
 * nothing a client sent may be put into a field unchecked.
 */
struct gate_reply {
	int status;
	const struct gate_field *fields;
	size_t n_fields;
	const void *body; /* copied; not sent to HEAD, must be NULL for 204 */
	size_t len;
	bool close;   /* end the connection with this answer */
	bool browser; /* who asks takes 18 fields, and a head of 2 KiB */
};

/*
 * Answer `r`, which belongs to the gate again from here on. Head and body
 * leave in one write (EST-034).
 */
void gate_reply(struct evhtp_request *r, const struct gate_reply *reply);

/* `r` was refused, or will be, and is told among those turned away. */
void gate_turn_away(const struct evhtp_request *r, enum turnaway why);

/* The client's address as text. False if it has none (a Unix socket). */
bool gate_peer(const struct evhtp_request *r, char *address, size_t size);

struct gate_counts {
	uint64_t accepted; /* connections let in */
	uint64_t turned_away[TURNAWAYS];
	uint64_t handshakes_failed;
	uint64_t accept_errors; /* pauses for want of descriptors */
	uint64_t requests;	/* handed to the application */
	uint64_t refused;	/* answered by the gate itself */
	uint64_t gone;		/* clients that left before their answer */
};

/* Those of this moment, and what has been counted since gate_open(). */
unsigned gate_connections(const struct gate_server *gate);
unsigned gate_requests_in_work(const struct gate_server *gate);
const struct gate_counts *gate_counts(const struct gate_server *gate);

/*
 * Stop gracefully: no new connection, idle ones are closed, the others get
 * Connection: close with their answer. `drained` is called once, later, when
 * no connection is left; bounded by the limits above and the application's
 * own deadline. Closes the listening socket.
 */
void gate_drain(
    struct gate_server *gate, void (*drained)(void *arg), void *arg);

/* End what is left at once (requests in work hear `gone`) and free the gate. */
void gate_free(struct gate_server *gate);

#endif
