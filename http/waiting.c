/*
 * Networks stand in a line of those that have as many who wait. One more or
 * one less moves a network to the line beside it, so that the longest is known
 * without a search.
 */
#include "http/waiting.h"

#include <assert.h>
#include <stddef.h>
#include <sys/mman.h>

TAILQ_HEAD(line, waiting_network);

struct waiting {
	unsigned most;
	unsigned longest;    /* the last line that is not empty; 0: nobody */
	struct line lines[]; /* by how many wait */
};

static size_t
size_for(unsigned most)
{
	return sizeof(struct waiting) +
	       ((size_t)most + 1) * sizeof(struct line);
}

/* As pages that take no room before they are used: the lines that a crowd of
 * thousands would stand in. An empty line is all zero. */
struct waiting *
waiting_new(unsigned most)
{
	struct waiting *w = mmap(NULL, size_for(most), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (w == MAP_FAILED)
		return NULL;
	w->most = most;
	return w;
}

void
waiting_free(struct waiting *w)
{
	if (w == NULL)
		return;
	assert(w->longest == 0);
	munmap(w, size_for(w->most));
}

static void
move(struct waiting *w, struct waiting_network *network, unsigned n)
{
	assert(n <= w->most);
	if (network->n > 0)
		TAILQ_REMOVE(&w->lines[network->n], network, as_many);
	network->n = n;
	if (n > 0 && TAILQ_EMPTY(&w->lines[n]))
		TAILQ_INIT(&w->lines[n]);
	if (n > 0)
		TAILQ_INSERT_TAIL(&w->lines[n], network, as_many);
}

void
waiting_add(
    struct waiting *w, struct waiting_network *network, struct waiting_one *one)
{
	assert(one->network == NULL);
	if (network->n == 0)
		TAILQ_INIT(&network->ones);
	one->network = network;
	TAILQ_INSERT_TAIL(&network->ones, one, later);
	move(w, network, network->n + 1);
	if (network->n > w->longest)
		w->longest = network->n;
}

void
waiting_remove(struct waiting *w, struct waiting_one *one)
{
	struct waiting_network *network = one->network;

	if (network == NULL)
		return;
	one->network = NULL;
	TAILQ_REMOVE(&network->ones, one, later);
	move(w, network, network->n - 1);
	if (w->longest > 0 && TAILQ_EMPTY(&w->lines[w->longest]))
		w->longest--;
}

struct waiting_one *
waiting_first(const struct waiting *w)
{
	if (w->longest == 0)
		return NULL;
	return TAILQ_FIRST(&TAILQ_FIRST(&w->lines[w->longest])->ones);
}
