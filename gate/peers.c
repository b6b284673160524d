#include "gate/peers.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

enum {
	N_CHAINS = 1024
}; /* a power of two */

struct peer {
	uint64_t address; /* IPv4, or the first half of an IPv6 address */
	int family;
	unsigned n; /* open connections, at least one */
	struct peer *next;
};

struct peers {
	uint64_t seed; /* so that nobody can choose addresses of one chain */
	struct peer *chains[N_CHAINS];
};

static struct peer
identify(const struct sockaddr *who)
{
	struct peer p = { .family = who->sa_family };

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

static struct peer **
chain_of(const struct peers *peers, const struct peer *p)
{
	uint64_t h = (p->address ^ peers->seed) * 0x9e3779b97f4a7c15u;

	h = (h ^ (h >> 32)) * (peers->seed | 1);
	return (struct peer **)&peers->chains[(h >> 40) & (N_CHAINS - 1)];
}

static struct peer *
find(const struct peers *peers, const struct peer *wanted)
{
	struct peer *p = *chain_of(peers, wanted);

	while (p != NULL &&
	       (p->address != wanted->address || p->family != wanted->family))
		p = p->next;
	return p;
}

bool
peers_name(const struct sockaddr *who, char *name, size_t size)
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

struct peers *
peers_new(void)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (peers != NULL && getrandom(&peers->seed, sizeof(peers->seed), 0) !=
				 (ssize_t)sizeof(peers->seed)) {
		free(peers);
		return NULL;
	}
	return peers;
}

void
peers_free(struct peers *peers)
{
	size_t i;

	if (peers == NULL)
		return;
	for (i = 0; i < N_CHAINS; i++)
		assert(peers->chains[i] == NULL);
	free(peers);
}

unsigned
peers_count(const struct peers *peers, const struct sockaddr *who)
{
	struct peer wanted = identify(who);
	const struct peer *p = find(peers, &wanted);

	return p != NULL ? p->n : 0;
}

struct peer *
peers_enter(struct peers *peers, const struct sockaddr *who)
{
	struct peer wanted = identify(who), **chain;
	struct peer *p = find(peers, &wanted);

	if (p == NULL) {
		if ((p = malloc(sizeof(*p))) == NULL)
			return NULL;
		chain = chain_of(peers, &wanted);
		*p = wanted;
		p->next = *chain;
		*chain = p;
	}
	p->n++;
	return p;
}

void
peers_leave(struct peers *peers, struct peer *peer)
{
	struct peer **at;

	if (--peer->n > 0)
		return;
	at = chain_of(peers, peer);
	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
	free(peer);
}
