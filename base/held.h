/*
 * held - memory that strangers can have us take: counted for each thread, so
 * that there can be a ceiling over all of it (I-13).
 *
 * What one thread takes and another gives back makes both wrong by so much;
 * the buffers and arenas that come here stay where they were made.
 *
 * Fails: NULL, as malloc().
 */
#ifndef BASE_HELD_H
#define BASE_HELD_H

#include <stddef.h>

/* As malloc(), realloc() and free(), counted. */
void *held_malloc(size_t size);
void *held_realloc(void *old, size_t size);
void held_free(void *);

/* Bytes that this thread holds now, as malloc() rounds them. */
size_t held_bytes(void);

/* How much less that is than it was at most, since held_give_back(). */
size_t held_less(void);
/* What is free goes back to the system, of all threads: they wait for it, some
 * milliseconds where thousands of connections have ended. */
void held_give_back(void);

#endif
