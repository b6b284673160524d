#include "http/visitor.h"

#include <stddef.h>

#include "base/xalloc.h"
#include "http/per_address.h"

void
visitors_begin(struct visitors *all, unsigned most)
{
	all->clients = xalloc_made(per_address_new());
	all->networks = xalloc_made(per_address_new());
	all->idle = xalloc_made(waiting_new(most));
	all->holding = xalloc_made(waiting_new(most));
}

void
visitors_end(struct visitors *all)
{
	waiting_free(all->holding);
	waiting_free(all->idle);
	per_address_free(all->networks);
	per_address_free(all->clients);
}

unsigned
visitors_of(const struct visitors *all, const struct address *client)
{
	struct address_prefix who = address_client(client);

	return per_address_count(all->clients, &who);
}

bool
visitor_is(struct visitor *v, const struct address *address, bool counts)
{
	struct address_prefix who = address_client(address);
	struct address_prefix network = address_network(address);

	visitor_leave(v);
	v->address = *address;
	v->network = per_address_enter(v->all->networks, &network);
	if (counts)
		v->client = per_address_enter(v->all->clients, &who);
	return v->network != NULL && (!counts || v->client != NULL);
}

void
visitor_waits(struct visitor *v, bool waits, bool holds)
{
	waiting_remove(v->all->idle, &v->idle);
	waiting_remove(v->all->holding, &v->holding);
	if (waits)
		waiting_add(v->all->idle, &v->network->idle, &v->idle);
	if (holds)
		waiting_add(v->all->holding, &v->network->holding, &v->holding);
}

void
visitor_leave(struct visitor *v)
{
	waiting_remove(v->all->idle, &v->idle);
	waiting_remove(v->all->holding, &v->holding);
	per_address_leave(v->network);
	per_address_leave(v->client);
	v->network = NULL;
	v->client = NULL;
}
