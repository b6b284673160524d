#include "http/per_address.h"

#include <assert.h>
#include <stdlib.h>

#include <sys/queue.h>
#include <sys/random.h>

enum {
	N_CHAINS = 1024
}; /* a power of two */

LIST_HEAD(chain, per_address_entry);

struct per_address {
	uint64_t seed; /* so that nobody can choose addresses of one chain */
	struct chain chains[N_CHAINS];
};

static struct chain *
chain_of(struct per_address *peers, const struct address_prefix *p)
{
	uint64_t h = (p->bits ^ peers->seed) * 0x9e3779b97f4a7c15u;

	h = (h ^ (h >> 32)) * (peers->seed | 1);
	return &peers->chains[(h >> 40) & (N_CHAINS - 1)];
}

static struct per_address_entry *
find(struct chain *chain, const struct address_prefix *wanted)
{
	struct per_address_entry *p;

	LIST_FOREACH (p, chain, link)
		if (address_same_prefix(&p->prefix, wanted))
			break;
	return p;
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
	if (peers == NULL)
		return;
	for (size_t i = 0; i < N_CHAINS; i++)
		assert(LIST_EMPTY(&peers->chains[i]));
	free(peers);
}

unsigned
per_address_count(struct per_address *peers, const struct address_prefix *who)
{
	const struct per_address_entry *p = find(chain_of(peers, who), who);

	return p != NULL ? p->n : 0;
}

struct per_address_entry *
per_address_enter(struct per_address *peers, const struct address_prefix *who)
{
	struct chain *chain = chain_of(peers, who);
	struct per_address_entry *p = find(chain, who);

	if (p == NULL) {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			return NULL;
		p->prefix = *who;
		LIST_INSERT_HEAD(chain, p, link);
	}
	p->n++;
	return p;
}

void
per_address_leave(struct per_address_entry *peer)
{
	if (peer == NULL || --peer->n > 0)
		return;
	assert(peer->idle.n == 0 && peer->holding.n == 0);
	LIST_REMOVE(peer, link);
	free(peer);
}
