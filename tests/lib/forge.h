/*
 * forge - what two programs share that say, line by line, what a process of the
 * service says once somebody has it: forge_main is who asks, and
 * forge_keymaker_main who answers.
 *
 * Each line of the input is some words, each of the output an answer, as
 * KEY=VALUE. What is binary is hexadecimal, "-" is nothing.
 */
#ifndef TESTS_FORGE_H
#define TESTS_FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

/* As that user and group, where this is root. */
void forge_become(const char *uid, const char *gid);
/* Reads the next line, when the answer to the one before is out; false: there
 * is none any more. */
MUST_CHECK bool forge_next(void);
_Noreturn void forge_die(const char *what);

/* Of this line; the first is 0. */
const char *forge_word(int n);
int64_t forge_number(int n);
void forge_text(int n, char *out, size_t size);
/* Returns how many came. */
size_t forge_bytes(int n, void *out, size_t room);

/* Into the answer, behind what is there. */
void forge_show(const char *key, const void *what, size_t len);

#endif
