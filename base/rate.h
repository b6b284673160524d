/*
 * rate - how often each of many may do something: so many times a minute, in
 * any order within it. A table of fixed size: who is not in it has done
 * nothing for a while; where it is full, who has the least on his account is
 * forgotten, so that many newcomers do not set free who does too much.
 *
 * Owns:  its table.
 * Waits: never; knows no clock.
 */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate;

/* Ends the process if there is no memory. */
struct rate *rate_new(unsigned per_minute);
/* NULL is fine. */
void rate_free(struct rate *);

/* Who may not do it now may when so many seconds are over. */
unsigned rate_wait_s(const struct rate *);

/* Once more; false: that is too often, and does not count. */
bool rate_take(struct rate *, uint64_t who, int64_t now_us);

#endif
