/*
 * ending - how near its end a certificate of the service itself is: that of a
 * listener, the CA's, the root's (F-81, F-82). Whoever looks at them from time
 * to time tells each step once.
 */
#ifndef POLICY_ENDING_H
#define POLICY_ENDING_H

#include <time.h>

enum ending {
	ENDING_FAR,
	ENDING_90, /* 90 days or less */
	ENDING_30,
	ENDING_7,
	ENDING_1,
	ENDING_ENDED,
};

/* By seconds, and not by the calendar: a certificate of ours ends for the
 * whole world. It is good up to and including its last second. */
enum ending ending_of(time_t not_after, time_t now);

#endif
