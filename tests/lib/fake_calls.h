/*
 * fake_calls - the questions that the fakes have been asked and not answered
 * yet. All fakes of a flow test share it, so that a test sees what was asked
 * in which order, and says of each question how it ends.
 *
 * As base/call.h demands, nothing is answered before it was asked: the test
 * pumps.
 */
#ifndef TESTS_LIB_FAKE_CALLS_H
#define TESTS_LIB_FAKE_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/call.h"

enum fake_end {
	FAKE_ANSWERED, /* as the fake was scripted */
	FAKE_DOWN,     /* with DB_DOWN or its like */
	FAKE_DROPPED,  /* nobody wants it any more: do not call back */
};

enum fake_fault {
	FAKE_NO_FAULT,
	FAKE_IS_DOWN,
	FAKE_NO_MEMORY, /* it cannot be asked: NULL */
	FAKE_IS_LATE,	/* the deadline passes before the answer */
	FAKE_GONE,	/* the client leaves before the answer */
	FAKE_GONE_AND_DOWN,
};

struct fake_call {
	struct call call; /* first */
	struct fake_call *next;
	const char *name;
	void (*tell)(struct fake_call *, enum fake_end);
	void *arg;
};

/* Forgets everything; nothing may be open. */
void fake_calls_reset(void);
/* The question of that name ends so; `leave` is what FAKE_GONE calls. */
void fake_calls_fault(const char *name, enum fake_fault, void (*leave)(void));

/* For fakes: `size` bytes that begin with a struct fake_call. NULL: the fault
 * is that there is no memory for it. */
void *fake_call_new(size_t size, const char *name,
    void (*tell)(struct fake_call *, enum fake_end), void *arg);

/* Answers until nobody asks any more. */
void fake_calls_pump(void);
/* The names in the order asked, a space between. */
const char *fake_calls_asked(void);
size_t fake_calls_open(void);

#endif
