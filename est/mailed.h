/*
 * mailed - what a client hears whose password was right, and no code came
 * with it: which code is good, until when, and when another can be had
 * (est-conformance 4.3); for people as a sentence, for programs as a field.
 */
#ifndef EST_MAILED_H
#define EST_MAILED_H

#include "est/est.h"

/* Of a first step that is AUTH_DONE. */
enum flow_next mailed_refuse(struct flow *, const struct auth_mailed *);

#endif
