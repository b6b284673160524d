/*
 * fake_gate - http/gate.h that keeps answers, as the bytes that http/writer.c
 * makes of them. Every client is 192.0.2.1.
 */
#ifndef TESTS_LIB_FAKE_GATE_H
#define TESTS_LIB_FAKE_GATE_H

#include <stddef.h>

struct fake_gate {
	unsigned replies;
	unsigned turned_away;
	int status;	   /* 0: there was no memory for an answer */
	char bytes[16384]; /* head and body, with a NUL */
	const char *body;  /* in `bytes` */
};

extern struct fake_gate fake_gate;

void fake_gate_reset(void);
/* The value of a field of the last answer, or NULL; lives until next. */
const char *fake_gate_field(const char *name);

#endif
