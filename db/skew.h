/*
 * skew - is our clock that of the database? Locks, codes, windows and dates
 * are judged by our own clock; when that is wrong, nothing of it is (F-60).
 * So whoever reads facts asks this with the time that came along with them,
 * and takes facts of another time for none.
 */
#ifndef DB_SKEW_H
#define DB_SKEW_H

#include <stdbool.h>
#include <time.h>

/* SKEW_MS of db/scripts/account.lua; the way of an answer is in it. */
#define SKEW_MAX_S 60

/* Begins as zeros. */
struct skew {
	bool wrong; /* the log knows */
};

/* False, and an alarm when it begins: they are too far apart. */
bool skew_small(struct skew *, time_t database);

#endif
