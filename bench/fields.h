/*
 * fields - header fields and a body that are sent with each request, from
 * files, since they may hold a secret: a cookie.
 */
#ifndef BENCH_FIELDS_H
#define BENCH_FIELDS_H

#include <stdbool.h>

/* `*fields` is the text of a header, of lines NAME: VALUE; the caller frees it.
 * False: what is wrong is said on stderr. */
bool fields_read(const char *file, char **fields);

/* `*body` is the text of the file; the caller frees it. False as above. */
bool fields_read_body(const char *file, char **body);

#endif
