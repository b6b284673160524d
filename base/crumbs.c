#include "base/crumbs.h"

#include "base/held.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define CRUMB 32
#define PLACE ((size_t)4 << 20) /* addresses; memory is what was used of it */

union crumb {
	union crumb *next; /* of those that were given back */
	unsigned char bytes[CRUMB];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static union crumb *_Atomic place; /* read without the lock, made once */
static union crumb *unused, *given_back;

static void
make_place(void)
{
	void *at = mmap(NULL, PLACE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return;
	unused = at;
	place = at;
}

/* NULL: there is no place. */
static union crumb *
take(void)
{
	union crumb *c;

	if (place == NULL)
		make_place();
	c = given_back;
	if (c != NULL)
		given_back = c->next;
	else if (place != NULL && unused < place + PLACE / CRUMB)
		c = unused++;
	return c;
}

static bool
is_crumb(const void *at)
{
	uintptr_t first = (uintptr_t)place;

	return place != NULL && (uintptr_t)at >= first &&
	       (uintptr_t)at < first + PLACE;
}

void *
crumbs_malloc(size_t size)
{
	union crumb *c = NULL;

	if (size <= CRUMB) {
		pthread_mutex_lock(&lock);
		c = take();
		pthread_mutex_unlock(&lock);
	}
	return c != NULL ? c : held_malloc(size);
}

void *
crumbs_realloc(void *old, size_t size)
{
	void *at;

	if (!is_crumb(old))
		return held_realloc(old, size);
	if (size <= CRUMB)
		return old;
	at = held_malloc(size);
	if (at == NULL)
		return NULL;
	memcpy(at, old, CRUMB);
	crumbs_free(old);
	return at;
}

void
crumbs_free(void *at)
{
	union crumb *c = at;

	if (!is_crumb(at)) {
		held_free(at);
		return;
	}
	explicit_bzero(c, sizeof(*c));
	pthread_mutex_lock(&lock);
	c->next = given_back;
	given_back = c;
	pthread_mutex_unlock(&lock);
}
