/*
 * wipe_count - an explicit_bzero() that counts, so that a test can say that
 * something was wiped before it was freed. Linking it is enough.
 */
#ifndef TESTS_LIB_FAKE_BZERO_H
#define TESTS_LIB_FAKE_BZERO_H

#include <stddef.h>

/* Bytes wiped since the last time it was asked. */
size_t wipe_count(void);

#endif
