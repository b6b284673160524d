#include "http/arrival.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/proxy.h"

struct arrival {
	struct event *readable;
	bool from_balancer;
	void (*done)(void *arg, enum arrival_end, const struct address *client);
	void *arg;
	struct proxy proxy;
};

/* Is this what recv() says when there is nothing yet? */
static bool
nothing_yet(ssize_t n)
{
	return n < 0 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* As much of the header as has come. */
static enum proxy_rc
read_header(struct arrival *a, int fd, bool *gone)
{
	unsigned char bytes[PROXY_HEADER_MAX];
	enum proxy_rc rc = PROXY_MORE;
	ssize_t n = 1;

	while (rc == PROXY_MORE && n > 0) {
		n = recv(fd, bytes, proxy_wants(&a->proxy), MSG_DONTWAIT);
		if (n > 0)
			rc = proxy_read(&a->proxy, bytes, (size_t)n);
	}
	*gone = n <= 0 && !nothing_yet(n);
	return rc;
}

static void
on_readable(evutil_socket_t fd, short events, void *arg)
{
	struct arrival *a = arg;
	bool gone;

	(void)events;
	if (!a->from_balancer) {
		a->done(a->arg, ARRIVAL_PEER, NULL);
		return;
	}
	switch (read_header(a, fd, &gone)) {
	case PROXY_MORE:
		if (gone)
			a->done(a->arg, ARRIVAL_GONE, NULL);
		else
			event_add(a->readable, NULL);
		break;
	case PROXY_CLIENT:
		a->done(a->arg, ARRIVAL_CLIENT, &a->proxy.client);
		break;
	case PROXY_LOCAL:
		a->done(a->arg, ARRIVAL_PEER, NULL);
		break;
	case PROXY_BAD:
		a->done(a->arg, ARRIVAL_BAD, NULL);
		break;
	}
}

struct arrival *
arrival_new(struct event_base *base, evutil_socket_t fd, bool from_balancer,
    void (*done)(void *arg, enum arrival_end, const struct address *client),
    void *arg)
{
	struct arrival *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->from_balancer = from_balancer;
	a->done = done;
	a->arg = arg;
	a->readable = event_new(base, fd, EV_READ, on_readable, a);
	if (a->readable == NULL || event_add(a->readable, NULL) != 0) {
		arrival_free(a);
		return NULL;
	}
	return a;
}

void
arrival_free(struct arrival *a)
{
	if (a == NULL)
		return;
	if (a->readable != NULL)
		event_free(a->readable);
	free(a);
}
