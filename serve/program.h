/*
 * program - what is executed as a process of `koshin serve`: this program, or
 * one that stands beside it and was built with it.
 */
#ifndef SERVE_PROGRAM_H
#define SERVE_PROGRAM_H

#include "base/fault.h"

/*
 * A descriptor to execute it by, whatever stands at its place by then; NULL is
 * this program. -1 and what to do: it is not there, or is of another version,
 * which it is asked for (`--version`). Waits for that answer.
 */
int program_open(const char *name, struct fault *why);

#endif
