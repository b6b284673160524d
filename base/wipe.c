/*
 * wipe - free() and realloc() of this program, its libraries included: memory
 * is wiped as it is given back (I-11).
 *
 * A password goes through buffers of OpenSSL, libevent, libevhtp, libcurl and
 * hiredis, a key through those that decode it. Few of them know what they hold.
 *
 * The C library lets a program replace both, calls ours from within, and keeps
 * its own under other names. The stack is each function's own affair
 * (secret_wipe()).
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#ifndef __SANITIZE_ADDRESS__ /* which has an allocator itself */

void __libc_free(void *at);

void
free(void *at)
{
	if (at == NULL)
		return;
	explicit_bzero(at, malloc_usable_size(at));
	__libc_free(at);
}

/* The old bytes would stay where they were when it moves them. */
void *
realloc(void *old, size_t size)
{
	size_t room = malloc_usable_size(old);
	void *at;

	if (size <= room && size > room / 2)
		return old;
	if (old != NULL && size == 0) {
		free(old);
		return NULL;
	}
	at = malloc(size);
	if (at == NULL || old == NULL)
		return at;
	memcpy(at, old, size < room ? size : room);
	free(old);
	return at;
}

#endif
