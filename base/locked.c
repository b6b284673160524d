#include "base/locked.h"

#include <sodium.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_bool missed;

void *
locked_new(size_t size)
{
	size_t whole = (size + alignof(max_align_t) - 1) /
		       alignof(max_align_t) * alignof(max_align_t);
	void *at = sodium_init() < 0 ? NULL : sodium_malloc(whole);

	if (at == NULL)
		return NULL;
	/* It is silent where it cannot lock. What is locked stays so. */
	if (sodium_mlock(at, whole) != 0)
		locked_missed();
	memset(at, 0, whole);
	return at;
}

void
locked_free(void *at)
{
	sodium_free(at);
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
