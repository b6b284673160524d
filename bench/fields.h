/*
 * fields - header fields that are sent along with each request, from a file,
 * since they may hold a secret: a cookie.
 */
#ifndef BENCH_FIELDS_H
#define BENCH_FIELDS_H

#include <stdbool.h>

/* `*fields` is the text of a header, of lines NAME: VALUE; the caller frees it.
 * False: what is wrong is said on stderr. */
bool fields_read(const char *file, char **fields);

#endif
