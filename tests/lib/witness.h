/*
 * witness - whether something came within its time, on any machine.
 *
 * Timers of one loop ring in the order of their times, however late a busy
 * machine lets them: a timer that is set beside a limit tells which was kept.
 */
#ifndef TESTS_LIB_WITNESS_H
#define TESTS_LIB_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;

struct witness {
	const bool *came;
	struct loop_timer *timer; /* NULL: it has rung */
	bool late;
};

/* Begin: `*came` must be true before so many milliseconds are over. */
void witness_begin(
    struct witness *, struct event_base *, int64_t ms, const bool *came);
/* When it has come: fails the test if that was too late. */
void witness_end(struct witness *);

#endif
