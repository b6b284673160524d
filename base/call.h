/*
 * call - one question that somebody asked and has not heard the answer to.
 *
 * The asked module owns the record and embeds `struct call` in it; the asker
 * keeps the pointer. Three promises hold for every function in this program
 * that takes a callback and returns a `struct call *`:
 *
 * - it never calls back before it has returned;
 * - it calls back exactly once: answer, timeout or lost connection;
 * - after call_forget() it does not call back at all. What was asked may
 *   still happen, so every write is safe to repeat.
 *
 * The pointer is dead once the callback has begun.
 */
#ifndef BASE_CALL_H
#define BASE_CALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct call {
	/* The asker has gone; drop the answer. Threads of a pool read it. */
	atomic_bool forgotten;
};

/* The asker is not interested any more. NULL is fine. */
static inline void
call_forget(struct call *c)
{
	if (c != NULL)
		c->forgotten = true;
}

#endif
