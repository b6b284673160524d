/*
 * vectors - the certification requests of tests/vectors/csr, read as the
 * server reads a body. Tests run from the top of the tree.
 */
#ifndef TESTS_LIB_VECTORS_H
#define TESTS_LIB_VECTORS_H

#include "pki/csr.h"

/* Of a test whose setup and teardown are these. */
extern struct arena *vectors_arena;
int vectors_begin(void **state);
int vectors_end(void **state);

/* The file, in memory of exactly its size, so that an overrun shows. */
struct der vectors_load(struct arena *, const char *kind, const char *name);

/* csr_decode() of the base64 of it, csr_read(), csr_prove(), csr_judge(). */
const char *vectors_read(
    struct arena *, struct der, const struct profile *, struct csr **);
/* A file of good/, which must be read; under `person` with P-521. */
struct csr *vectors_good(struct arena *, const char *name);

/*
 * Every file of bad/ that begins with `prefix` must be refused, with a reason
 * that has `part` in it; there must be at least one.
 */
void vectors_refused(const char *prefix, const char *part);
/* Calls `each` for every file of the folder. */
void vectors_each(const char *kind, void (*each)(const char *name));

#endif
