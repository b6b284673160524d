/*
 * failures - how many attempts were refused in the last minute, of all
 * accounts together: one password that is tried at many accounts fills the
 * counter of none (T1). When there are more than usual, and when they have
 * come down again, the log has one line.
 *
 * Owns:  its counts.
 * Waits: never; knows no clock. Who has it lets it look around every
 *        FAILURES_LOOK_S.
 */
#ifndef AUTH_FAILURES_H
#define AUTH_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

#define FAILURES_LOOK_S 10
#define FAILURES_MINUTE_S 60
#define FAILURES_SLOTS (FAILURES_MINUTE_S / FAILURES_LOOK_S)

struct failures {
	unsigned usual; /* so many in a minute, at most */
	bool high;	/* there were more, and have not come down */
	uint64_t total; /* since the start */
	int64_t slot;	/* the one that is counted in now */
	unsigned in[FAILURES_SLOTS];
};

/* One more. */
void failures_count(struct failures *, int64_t now_us);
/* Half of what is usual, or less, is usual again. */
void failures_look(struct failures *, int64_t now_us);

#endif
