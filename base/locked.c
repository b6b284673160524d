#include "base/locked.h"

#include <pthread.h>
#include <sodium.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KEPT_MAX 4

/* In front of what is given out. */
struct piece {
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

static atomic_bool missed;

/* Given back, wiped, and not unlocked yet. */
static struct piece *kept[KEPT_MAX];
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

/* ----------------------------------------------------------------- kept */

/* NULL: there is none of that size. */
static struct piece *
take_kept(size_t size)
{
	struct piece *p = NULL;

	pthread_mutex_lock(&kept_lock);
	for (size_t i = 0; i < KEPT_MAX && p == NULL; i++) {
		if (kept[i] == NULL || kept[i]->size != size)
			continue;
		p = kept[i];
		kept[i] = NULL;
	}
	pthread_mutex_unlock(&kept_lock);
	return p;
}

/* False: there are as many as may be. */
static bool
keep(struct piece *p)
{
	bool room = false;

	pthread_mutex_lock(&kept_lock);
	for (size_t i = 0; i < KEPT_MAX && !room; i++) {
		room = kept[i] == NULL;
		if (room)
			kept[i] = p;
	}
	pthread_mutex_unlock(&kept_lock);
	return room;
}

/* --------------------------------------------------------------- public */

static struct piece *
make(size_t size)
{
	size_t whole = sizeof(struct piece) + size;
	struct piece *p = sodium_init() < 0 ? NULL : sodium_malloc(whole);

	if (p == NULL)
		return NULL;
	/* It is silent where it cannot lock. What is locked stays so. */
	if (sodium_mlock(p, whole) != 0)
		locked_missed();
	memset(p, 0, whole);
	p->size = size;
	return p;
}

void *
locked_new(size_t size)
{
	size_t whole = (size + alignof(max_align_t) - 1) /
		       alignof(max_align_t) * alignof(max_align_t);
	struct piece *p = take_kept(whole);

	if (p == NULL)
		p = make(whole);
	return p == NULL ? NULL : p->bytes;
}

void
locked_free(void *at)
{
	struct piece *p;

	if (at == NULL)
		return;
	p = (void *)((unsigned char *)at - offsetof(struct piece, bytes));
	sodium_memzero(p->bytes, p->size);
	if (!keep(p))
		sodium_free(p);
}

void
locked_try(size_t pieces, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = (size + page - 1) / page * page * pieces;
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* On a fault: there is none. */
	if (at == MAP_FAILED || mlock2(at, bytes, MLOCK_ONFAULT) != 0)
		locked_missed();
	if (at != MAP_FAILED)
		munmap(at, bytes);
}

void
locked_missed(void)
{
	atomic_store(&missed, true);
}

bool
locked_short(void)
{
	return atomic_load(&missed);
}
