#include "http/per_address.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/socket.h>

enum {
	N_CHAINS = 1024
}; /* a power of two */

struct per_address_entry {
	uint64_t address; /* IPv4, or the first half of an IPv6 address */
	int family;
	unsigned n; /* open connections, at least one */
	LIST_ENTRY(per_address_entry) link;
};

LIST_HEAD(chain, per_address_entry);

struct per_address {
	uint64_t seed; /* so that nobody can choose addresses of one chain */
	struct chain chains[N_CHAINS];
};

static struct per_address_entry
identify(const struct sockaddr *who)
{
	struct per_address_entry p = { .family = who->sa_family };

	if (who->sa_family == AF_INET) {
		p.address = ((const struct sockaddr_in *)who)->sin_addr.s_addr;
	} else if (who->sa_family == AF_INET6) {
		const struct in6_addr *a =
		    &((const struct sockaddr_in6 *)who)->sin6_addr;

		/* Mapped IPv4 addresses share their first half. */
		if (IN6_IS_ADDR_V4MAPPED(a)) {
			p.family = AF_INET;
			memcpy(&p.address, &a->s6_addr[12], 4);
		} else {
			memcpy(&p.address, a->s6_addr, 8);
		}
	}
	return p;
}

static struct chain *
chain_of(struct per_address *peers, const struct per_address_entry *p)
{
	uint64_t h = (p->address ^ peers->seed) * 0x9e3779b97f4a7c15u;

	h = (h ^ (h >> 32)) * (peers->seed | 1);
	return &peers->chains[(h >> 40) & (N_CHAINS - 1)];
}

static struct per_address_entry *
find(struct chain *chain, const struct per_address_entry *wanted)
{
	struct per_address_entry *p;

	LIST_FOREACH (p, chain, link)
		if (p->address == wanted->address &&
		    p->family == wanted->family)
			break;
	return p;
}

bool
per_address_name(const struct sockaddr *who, char *name, size_t size)
{
	int family = who->sa_family;
	const void *address = &((const struct sockaddr_in *)who)->sin_addr;

	if (family == AF_INET6) {
		const struct in6_addr *six =
		    &((const struct sockaddr_in6 *)who)->sin6_addr;

		address = six;
		if (IN6_IS_ADDR_V4MAPPED(six)) {
			family = AF_INET;
			address = &six->s6_addr[12];
		}
	} else if (family != AF_INET) {
		return false;
	}
	return inet_ntop(family, address, name, (socklen_t)size) != NULL;
}

struct per_address *
per_address_new(void)
{
	struct per_address *peers = calloc(1, sizeof(*peers));

	if (peers != NULL && getrandom(&peers->seed, sizeof(peers->seed), 0) !=
				 (ssize_t)sizeof(peers->seed)) {
		free(peers);
		return NULL;
	}
	return peers;
}

void
per_address_free(struct per_address *peers)
{
	size_t i;

	if (peers == NULL)
		return;
	for (i = 0; i < N_CHAINS; i++)
		assert(LIST_EMPTY(&peers->chains[i]));
	free(peers);
}

unsigned
per_address_count(struct per_address *peers, const struct sockaddr *who)
{
	struct per_address_entry wanted = identify(who);
	const struct per_address_entry *p =
	    find(chain_of(peers, &wanted), &wanted);

	return p != NULL ? p->n : 0;
}

struct per_address_entry *
per_address_enter(struct per_address *peers, const struct sockaddr *who)
{
	struct per_address_entry wanted = identify(who);
	struct chain *chain = chain_of(peers, &wanted);
	struct per_address_entry *p = find(chain, &wanted);

	if (p == NULL) {
		if ((p = malloc(sizeof(*p))) == NULL)
			return NULL;
		*p = wanted;
		LIST_INSERT_HEAD(chain, p, link);
	}
	p->n++;
	return p;
}

void
per_address_leave(struct per_address_entry *peer)
{
	if (--peer->n > 0)
		return;
	LIST_REMOVE(peer, link);
	free(peer);
}
