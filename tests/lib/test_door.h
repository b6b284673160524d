/*
 * test_door - a door of one endpoint with two steps, as small as one can be:
 *
 *	POST /test/greeting	the name in the body -> "Good morning, NAME."
 *
 * It asks a clerk who answers later, by a timer of the loop that it is mounted
 * with. A name in other than small letters is refused; "nobody" asks nobody,
 * by the condition of its step. Nothing in http/ knows it, which is what it
 * is there to show.
 */
#ifndef TESTS_LIB_TEST_DOOR_H
#define TESTS_LIB_TEST_DOOR_H

#include "http/engine.h"

struct test_door {
	struct event_base *base;
	int64_t answer_ms; /* how long the clerk takes */
	bool unstoppable;  /* goes on without its client */
	/* heard */
	unsigned asked, left;
	TAILQ_HEAD(, question) open; /* of the clerk */
};

void test_door_init(struct test_door *, struct event_base *, int64_t answer_ms);
/* After engine_free(): the clerk goes home. */
void test_door_end(struct test_door *);

/* For engine_mount() with a struct test_door. */
extern const struct door test_door;

#endif
