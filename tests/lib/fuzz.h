/*
 * fuzz - what the fuzz tests share: chance that is the same in each run, the
 * bytes that decoders fall over, and messages in memory of exactly their size,
 * so that a sanitizer sees a look behind them.
 */
#ifndef TESTS_LIB_FUZZ_H
#define TESTS_LIB_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* 0 to n - 1. */
uint32_t fuzz_below(uint32_t n);
/* One of those that lengths, kinds and flags have at their edges. */
unsigned char fuzz_byte(void);

/* A copy; free() it. */
void *fuzz_copy(const void *message, size_t len);

#endif
